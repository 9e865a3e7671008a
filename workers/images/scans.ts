import { severities, type Finding, type Scan, type Severity } from "./attachment.ts";
import { isObject } from "./bounded-json.ts";
import { at, firstOf, listAt, textAt } from "./fields.ts";

const maximumFindings = 10_000;

/** Words of scanners for how bad something is. */
const words: Readonly<Record<string, Severity>> = {
  critical: "critical",
  high: "high",
  important: "high",
  medium: "medium",
  moderate: "medium",
  low: "low",
  negligible: "low",
  minor: "low",
  error: "high",
  warning: "medium",
  note: "low",
};

/** A report of a vulnerability scanner: SARIF, Trivy, Grype, Harbor's; undefined when it is none of them. */
export function readScan(document: unknown): Scan | undefined {
  if (Array.isArray(at(document, "runs"))) return readSarif(document);
  if (at(document, "SchemaVersion") !== undefined && isObject(document)) return readTrivy(document);
  if (Array.isArray(at(document, "matches"))) return readGrype(document);
  if (Array.isArray(at(document, "vulnerabilities")) && at(document, "bomFormat") === undefined)
    return readHarbor(document);
  return undefined;
}

/** The predicate of an attestation about vulnerabilities: cosign's, which has a scanner's own report in it, or in-toto's. */
export function readScanPredicate(predicate: unknown): Scan | undefined {
  const scanner = firstOf(textAt(predicate, "scanner", "uri"), textAt(predicate, "scanner", "db", "uri"));
  const result = at(predicate, "scanner", "result");
  if (!Array.isArray(result)) {
    const report = readScan(result ?? predicate);
    return report && { ...report, scanner: firstOf(report.scanner, scanner) };
  }
  return scanOf(
    scanner,
    result.map((each: unknown) => ({
      id: textAt(each, "id"),
      severity: worst(listAt(each, "severity").map((rating) => severityOf(textAt(rating, "score")))),
    })),
  );
}

function readTrivy(document: unknown): Scan {
  const findings = listAt(document, "Results").flatMap((result) =>
    listAt(result, "Vulnerabilities").map((each) => ({
      id: textAt(each, "VulnerabilityID"),
      severity: severityOf(textAt(each, "Severity")),
      package: textAt(each, "PkgName"),
      installed: textAt(each, "InstalledVersion"),
      fixedIn: textAt(each, "FixedVersion"),
      title: textAt(each, "Title"),
    })),
  );
  return scanOf(`Trivy ${textAt(document, "Trivy", "Version")}`.trim(), findings);
}

function readGrype(document: unknown): Scan {
  const findings = listAt(document, "matches").map((each) => ({
    id: textAt(each, "vulnerability", "id"),
    severity: severityOf(textAt(each, "vulnerability", "severity")),
    package: textAt(each, "artifact", "name"),
    installed: textAt(each, "artifact", "version"),
    fixedIn: listAt(each, "vulnerability", "fix", "versions")
      .map((version) => textAt([version], 0))
      .join(", "),
    title: textAt(each, "vulnerability", "description"),
  }));
  return scanOf(
    `${textAt(document, "descriptor", "name")} ${textAt(document, "descriptor", "version")}`.trim(),
    findings,
  );
}

function readHarbor(document: unknown): Scan {
  const findings = listAt(document, "vulnerabilities").map((each) => ({
    id: textAt(each, "id"),
    severity: severityOf(textAt(each, "severity")),
    package: textAt(each, "package"),
    installed: textAt(each, "version"),
    fixedIn: textAt(each, "fix_version"),
    title: textAt(each, "description"),
  }));
  return scanOf(
    `${textAt(document, "scanner", "name")} ${textAt(document, "scanner", "version")}`.trim(),
    findings,
  );
}

/** SARIF has no words for packages: scanners write them into the message, a line each. */
function readSarif(document: unknown): Scan {
  const findings: (Partial<Finding> & { id: string })[] = [];
  const scanners: string[] = [];
  for (const run of listAt(document, "runs")) {
    const driver = at(run, "tool", "driver");
    scanners.push(`${textAt(driver, "name")} ${textAt(driver, "version")}`.trim());
    const rules = new Map(listAt(driver, "rules").map((rule) => [at(rule, "id"), rule]));
    for (const result of listAt(run, "results")) {
      const id = textAt(result, "ruleId");
      const rule = rules.get(at(result, "ruleId"));
      const message = textAt(result, "message", "text");
      const said = (name: string) => new RegExp(`^${name}: (.*)$`, "m").exec(message)?.[1]?.trim() ?? "";
      const score = Number(at(rule, "properties", "security-severity"));
      findings.push({
        id,
        severity:
          score > 0 ? severityOfScore(score) : severityOf(firstOf(said("Severity"), textAt(result, "level"))),
        package: said("Package"),
        installed: said("Installed Version"),
        fixedIn: said("Fixed Version"),
        title: firstOf(textAt(rule, "shortDescription", "text"), message),
      });
    }
  }
  return scanOf(scanners.filter(Boolean).join(", "), findings);
}

function scanOf(scanner: string, found: readonly (Partial<Finding> & { id: string })[]): Scan {
  const nothing = { severity: "unknown", package: "", installed: "", fixedIn: "", title: "" } as const;
  const findings = found.filter(({ id }) => id !== "").map((each): Finding => ({ ...nothing, ...each }));
  const bySeverity = { critical: 0, high: 0, medium: 0, low: 0, unknown: 0 };
  for (const { severity } of findings) bySeverity[severity] += 1;
  const rank = new Map(severities.map((severity, index) => [severity, index]));
  const sorted = findings.toSorted(
    (a, b) =>
      (rank.get(a.severity) ?? 0) - (rank.get(b.severity) ?? 0) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
  );
  return {
    kind: "scan",
    scanner,
    findings: sorted.slice(0, maximumFindings),
    total: findings.length,
    bySeverity,
  };
}

function severityOf(text: string): Severity {
  const word = text.toLowerCase();
  if (Object.hasOwn(words, word)) return words[word] ?? "unknown";
  return Number(text) > 0 ? severityOfScore(Number(text)) : "unknown";
}

/** By the score of CVSS (FIRST, "Qualitative Severity Rating Scale"). */
function severityOfScore(score: number): Severity {
  if (score >= 9) return "critical";
  if (score >= 7) return "high";
  return score >= 4 ? "medium" : "low";
}

function worst(ratings: readonly Severity[]): Severity {
  return severities.find((severity) => ratings.includes(severity)) ?? "unknown";
}
