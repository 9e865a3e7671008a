import type { Attachment, Finding, Package, Severity } from "../../../images/index.ts";
import { Empty } from "../../view/empty.tsx";
import { Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { From } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { count } from "../words.ts";
import { SourceLink } from "./facts.tsx";

/** Entries of a list on one page. */
const most = 200;

interface Asked {
  q?: string | undefined;
  from: number;
}

interface Shown {
  asked: Asked;
  url: URL;
  now: number;
}

/** What was found in an artifact, readable. */
export function Attachments({ attachments, ...shown }: { attachments: readonly Attachment[] } & Shown) {
  if (attachments.length === 0) return null;
  return (
    <>
      <Notice kind="care">
        <p>This is what its maker states. This hub has not verified any of it.</p>
      </Notice>
      {attachments.map((attachment) => (
        <One attachment={attachment} {...shown} />
      ))}
    </>
  );
}

function One({ attachment, ...shown }: { attachment: Attachment } & Shown) {
  switch (attachment.kind) {
    case "signature":
      return <Signature {...attachment} />;
    case "sbom":
      return <Packages {...attachment} {...shown} />;
    case "provenance":
      return <Provenance {...attachment} now={shown.now} />;
    case "scan":
      return <Findings {...attachment} {...shown} />;
    case "unreadable":
      return (
        <Section title="Not readable">
          <p>{`It could not be read: ${attachment.why.slice(0, 300)}.`}</p>
        </Section>
      );
  }
}

function Signature({ by, identity, issuer, of, statedReference }: Attachment & { kind: "signature" }) {
  return (
    <Section title="Signature">
      <dl>
        <dt>Made with</dt>
        <dd>{{ key: "a key", identity: "an identity", unknown: "what it does not say" }[by]}</dd>
        {identity !== "" && (
          <>
            <dt>Identity, as stated</dt>
            <dd>{identity.slice(0, 300)}</dd>
          </>
        )}
        {issuer !== "" && (
          <>
            <dt>Issuer, as stated</dt>
            <dd>{issuer.slice(0, 300)}</dd>
          </>
        )}
        {of !== "" && (
          <>
            <dt>Of</dt>
            <dd>
              <code>{of.slice(0, 200)}</code>
            </dd>
          </>
        )}
        {statedReference !== "" && (
          <>
            <dt>For the name</dt>
            <dd>{statedReference.slice(0, 300)}</dd>
          </>
        )}
      </dl>
      <p class="muted">To verify it, use cosign with the key or the identity that you trust.</p>
    </Section>
  );
}

function Provenance({
  builder,
  source,
  commit,
  buildType,
  startedAt,
  finishedAt,
  now,
}: Attachment & { kind: "provenance" } & { now: number }) {
  const lines: [string, string][] = [
    ["Builder", builder],
    ["Source", source],
    ["Commit", commit],
    ["Kind of build", buildType],
  ];
  return (
    <Section title="Provenance">
      <dl>
        {lines.map(
          ([label, text]) =>
            text !== "" && (
              <>
                <dt>{label}</dt>
                <dd>
                  <SourceLink url={text} />
                </dd>
              </>
            ),
        )}
        {startedAt !== null && (
          <>
            <dt>Begun</dt>
            <dd>
              <Time at={startedAt} now={now} />
            </dd>
          </>
        )}
        {finishedAt !== null && (
          <>
            <dt>Finished</dt>
            <dd>
              <Time at={finishedAt} now={now} />
            </dd>
          </>
        )}
      </dl>
    </Section>
  );
}

function Packages({ format, tool, packages, total, asked, url }: Attachment & { kind: "sbom" } & Shown) {
  const wanted = matching(packages, asked.q, ({ name, type, licence }) => [name, type, licence]);
  const shown = wanted.slice(asked.from, asked.from + most);
  return (
    <Section title={count(total, "package")}>
      <p class="muted">
        {format.slice(0, 60)}
        {tool !== "" && `, made by ${tool.slice(0, 100)}`}
        {total > packages.length && `; the first ${packages.length.toLocaleString("en")} of them`}
      </p>
      <Search label="Search packages" q={asked.q} />
      {shown.length === 0 ? (
        <Empty title="No package fits." />
      ) : (
        <Table
          caption="Packages"
          columns={[
            { label: "Name" },
            { label: "Version" },
            { label: "Kind", whole: true },
            { label: "Licence" },
          ]}
          rows={shown.map((each: Package) => [
            each.name.slice(0, 120),
            each.version.slice(0, 60),
            each.type.slice(0, 30),
            each.licence.slice(0, 80),
          ])}
        />
      )}
      <From url={url} from={asked.from} shown={shown.length} total={wanted.length} what="package" />
    </Section>
  );
}

const severities: readonly Severity[] = ["critical", "high", "medium", "low", "unknown"];

function Findings({
  scanner,
  findings,
  total,
  bySeverity,
  asked,
  url,
}: Attachment & { kind: "scan" } & Shown) {
  const wanted = matching(findings, asked.q, (each) => [each.id, each.package, each.severity, each.title]);
  const shown = wanted.slice(asked.from, asked.from + most);
  return (
    <Section title={count(total, "finding")}>
      <p class="muted">
        {scanner === "" ? "The report does not say what made it." : `By ${scanner.slice(0, 100)}.`}
      </p>
      <ul class="chips">
        {severities.map(
          (severity) =>
            bySeverity[severity] > 0 && (
              <li class={severity === "critical" || severity === "high" ? "chip alarm" : "chip"}>
                <b>{bySeverity[severity]}</b> {severity}
              </li>
            ),
        )}
      </ul>
      {findings.length > 0 && <Search label="Search findings" q={asked.q} />}
      {shown.length > 0 && (
        <Table
          caption="Findings, the worst first"
          columns={[
            { label: "Finding", whole: true },
            { label: "Severity", whole: true },
            { label: "Package" },
            { label: "Installed" },
            { label: "Fixed in" },
            { label: "What it is" },
          ]}
          rows={shown.map((each: Finding) => [
            each.id.slice(0, 60),
            each.severity,
            each.package.slice(0, 80),
            each.installed.slice(0, 60),
            each.fixedIn === "" ? <span class="muted">not yet</span> : each.fixedIn.slice(0, 60),
            each.title.slice(0, 160),
          ])}
        />
      )}
      <From url={url} from={asked.from} shown={shown.length} total={wanted.length} what="finding" />
    </Section>
  );
}

function Search({ label, q = "" }: { label: string; q: string | undefined }) {
  return (
    <form method="get" class="filters" role="search" aria-label={label}>
      <div class="field">
        <label for="filter-q">{label}</label>
        <input id="filter-q" name="q" type="search" value={q} maxlength={100} autocomplete="off" />
      </div>
      <button class="quiet">Search</button>
    </form>
  );
}

function matching<Entry>(
  entries: readonly Entry[],
  q: string | undefined,
  textsOf: (entry: Entry) => readonly string[],
): readonly Entry[] {
  const part = q?.toLowerCase();
  if (!part) return entries;
  return entries.filter((entry) => textsOf(entry).some((text) => text.toLowerCase().includes(part)));
}
