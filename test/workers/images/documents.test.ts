import { describe, expect, test } from "vitest";
import type { Attachment } from "../../../workers/images/index.ts";
import { readDocument } from "../../../workers/images/documents.ts";
import { mailCertificate, workflowCertificate } from "./support/certificates.ts";

const encode = (content: unknown) =>
  new TextEncoder().encode(typeof content === "string" ? content : JSON.stringify(content));

const read = (content: unknown, mediaType = "application/json", annotations: Record<string, string> = {}) =>
  readDocument({ bytes: encode(content), mediaType, annotations });

const statement = (predicateType: string, predicate: unknown) => ({
  _type: "https://in-toto.io/Statement/v0.1",
  predicateType,
  subject: [{ name: "web", digest: { sha256: "ab" } }],
  predicate,
});

const spdx = {
  spdxVersion: "SPDX-2.3",
  creationInfo: { creators: ["Organization: x", "Tool: scanner-1.2"] },
  packages: [
    {
      name: "zlib",
      versionInfo: "1.3",
      licenseConcluded: "NOASSERTION",
      licenseDeclared: "Zlib",
      externalRefs: [{ referenceType: "purl", referenceLocator: "pkg:deb/debian/zlib@1.3?arch=amd64" }],
    },
    { name: "app" },
  ],
};
const spdxRead = {
  kind: "sbom",
  format: "SPDX 2.3",
  tool: "scanner-1.2",
  total: 2,
  packages: [
    { name: "app", version: "", type: "", licence: "" },
    { name: "zlib", version: "1.3", type: "deb", licence: "Zlib" },
  ],
};

const cycloneDx = {
  bomFormat: "CycloneDX",
  specVersion: "1.6",
  metadata: { tools: { components: [{ name: "syft", version: "1.0" }] } },
  components: [
    {
      type: "library",
      group: "@acme",
      name: "a",
      version: "2",
      purl: "pkg:npm/%40acme/a@2",
      licenses: [{ license: { id: "MIT" } }, { expression: "Apache-2.0 OR BSD-2-Clause" }],
      components: [{ type: "library", name: "within" }],
    },
    { type: "file", name: "/etc/passwd" },
  ],
};

const trivy = {
  SchemaVersion: 2,
  Trivy: { Version: "0.60.0" },
  Results: [
    {
      Vulnerabilities: [
        { VulnerabilityID: "CVE-2", PkgName: "b", InstalledVersion: "1", Severity: "LOW" },
        {
          VulnerabilityID: "CVE-1",
          PkgName: "a",
          InstalledVersion: "1",
          FixedVersion: "2",
          Severity: "CRITICAL",
          Title: "Bad",
        },
      ],
    },
    { Target: "nothing in it" },
  ],
};
const trivyRead = {
  kind: "scan",
  scanner: "Trivy 0.60.0",
  total: 2,
  bySeverity: { critical: 1, high: 0, medium: 0, low: 1, unknown: 0 },
  findings: [
    { id: "CVE-1", severity: "critical", package: "a", installed: "1", fixedIn: "2", title: "Bad" },
    { id: "CVE-2", severity: "low", package: "b", installed: "1", fixedIn: "", title: "" },
  ],
};

const envelope = (content: unknown) => ({
  payloadType: "application/vnd.in-toto+json",
  payload: btoa(JSON.stringify(content)),
  signatures: [{ keyid: "key-1", sig: "…" }],
});

const simpleSigning = {
  critical: {
    identity: { "docker-reference": "hub.example/acme/web" },
    image: { "docker-manifest-digest": "sha256:ab" },
    type: "cosign container image signature",
  },
};
const signed = { kind: "signature", of: "sha256:ab", statedReference: "hub.example/acme/web" };
const simpleSigningType = "application/vnd.dev.cosign.simplesigning.v1+json";
const workflow = "https://github.com/acme/web/.github/workflows/release.yml@refs/heads/main";

const pem = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;

describe("documents that are attached to images", () => {
  const rows: [title: string, found: Attachment[], expected: unknown[]][] = [
    ["SPDX", read(spdx, "application/spdx+json"), [spdxRead]],
    ["SPDX in a statement", read(statement("https://spdx.dev/Document", spdx)), [spdxRead]],
    [
      "SPDX as a text in a statement",
      read(statement("https://spdx.dev/Document", { Data: JSON.stringify(spdx) })),
      [spdxRead],
    ],
    [
      "CycloneDX, components within components, no files",
      read(cycloneDx, "application/vnd.cyclonedx+json"),
      [
        {
          kind: "sbom",
          format: "CycloneDX 1.6",
          tool: "syft 1.0",
          total: 2,
          packages: [
            { name: "@acme/a", version: "2", type: "npm", licence: "MIT AND Apache-2.0 OR BSD-2-Clause" },
            { name: "within", version: "", type: "library", licence: "" },
          ],
        },
      ],
    ],
    ["a report of Trivy, the worst first", read(trivy), [trivyRead]],
    [
      "a report of Trivy in cosign's statement",
      read(
        statement("https://cosign.sigstore.dev/attestation/vuln/v1", {
          scanner: { uri: "pkg:x", result: trivy },
        }),
      ),
      [trivyRead],
    ],
    [
      "SARIF, with packages in the messages",
      read({
        version: "2.1.0",
        runs: [
          {
            tool: {
              driver: {
                name: "Scanner",
                rules: [
                  {
                    id: "CVE-9",
                    shortDescription: { text: "Short" },
                    properties: { "security-severity": "8.1" },
                  },
                ],
              },
            },
            results: [
              {
                ruleId: "CVE-9",
                level: "note",
                message: { text: "Package: p\nInstalled Version: 1\nFixed Version: 2" },
              },
              { ruleId: "CVE-8", level: "warning", message: { text: "no more" } },
            ],
          },
        ],
      }),
      [
        {
          kind: "scan",
          scanner: "Scanner",
          total: 2,
          bySeverity: { critical: 0, high: 1, medium: 1, low: 0, unknown: 0 },
          findings: [
            { id: "CVE-9", severity: "high", package: "p", installed: "1", fixedIn: "2", title: "Short" },
            { id: "CVE-8", severity: "medium", package: "", installed: "", fixedIn: "", title: "no more" },
          ],
        },
      ],
    ],
    [
      "in-toto's vulnerabilities",
      read(
        statement("https://in-toto.io/attestation/vulns/v0.1", {
          scanner: {
            uri: "https://scanner.example",
            result: [{ id: "CVE-1", severity: [{ method: "CVSS", score: "9.8" }] }],
          },
        }),
      ),
      [
        expect.objectContaining({
          scanner: "https://scanner.example",
          bySeverity: expect.objectContaining({ critical: 1 }),
        }),
      ],
    ],
    [
      "provenance of BuildKit",
      read(
        statement("https://slsa.dev/provenance/v0.2", {
          builder: { id: "https://github.com/acme/web/actions/runs/1" },
          buildType: "https://mobyproject.org/buildkit@v1",
          materials: [{ uri: "pkg:docker/debian@12", digest: { sha256: "cd" } }],
          metadata: {
            buildStartedOn: "2026-11-01T10:00:00Z",
            "https://mobyproject.org/buildkit@v1#metadata": {
              vcs: { source: "https://github.com/acme/web", revision: "7f3b" },
            },
          },
        }),
      ),
      [
        {
          kind: "provenance",
          builder: "https://github.com/acme/web/actions/runs/1",
          source: "https://github.com/acme/web",
          commit: "7f3b",
          buildType: "https://mobyproject.org/buildkit@v1",
          startedAt: Date.parse("2026-11-01T10:00:00Z"),
          finishedAt: null,
        },
      ],
    ],
    [
      "provenance of SLSA 1",
      read(
        statement("https://slsa.dev/provenance/v1", {
          buildDefinition: {
            buildType: "https://actions.github.io/buildtypes/workflow/v1",
            externalParameters: { workflow: { repository: "https://github.com/acme/web" } },
            resolvedDependencies: [{ uri: "git+https://github.com/acme/web", digest: { gitCommit: "7f3b" } }],
          },
          runDetails: { builder: { id: "https://github.com/actions/runner" } },
        }),
      ),
      [expect.objectContaining({ source: "https://github.com/acme/web", commit: "7f3b", startedAt: null })],
    ],
    [
      "a signature with a key",
      read(simpleSigning, simpleSigningType),
      [{ ...signed, by: "key", identity: "", issuer: "" }],
    ],
    [
      "a signature with a certificate of a workflow",
      read(simpleSigning, simpleSigningType, { "dev.sigstore.cosign/certificate": pem(workflowCertificate) }),
      [
        {
          ...signed,
          by: "identity",
          identity: workflow,
          issuer: "https://token.actions.githubusercontent.com",
        },
      ],
    ],
    [
      "a signature with a certificate of a mail address",
      read(simpleSigning, simpleSigningType, { "dev.sigstore.cosign/certificate": pem(mailCertificate) }),
      [{ ...signed, by: "identity", identity: "alice@example.com", issuer: "https://accounts" }],
    ],
    [
      "a signed statement in an envelope: who signed, and what it says",
      read(envelope(statement("https://spdx.dev/Document", spdx))),
      [
        { kind: "signature", by: "key", identity: "key-1", issuer: "", of: "sha256:ab", statedReference: "" },
        spdxRead,
      ],
    ],
    [
      "a bundle of Sigstore with a statement",
      read({
        verificationMaterial: { certificate: { rawBytes: workflowCertificate } },
        dsseEnvelope: envelope(statement("https://spdx.dev/Document", spdx)),
      }),
      [
        expect.objectContaining({ kind: "signature", by: "identity", identity: workflow, of: "sha256:ab" }),
        spdxRead,
      ],
    ],
    [
      "a signature in a format that is not read",
      read("binary", "application/vnd.cncf.notary.signature"),
      [{ kind: "signature", by: "unknown", identity: "", issuer: "", of: "", statedReference: "" }],
    ],
  ];

  test("are read to plain values", () => {
    for (const [title, found, expected] of rows) expect([title, found]).toEqual([title, expected]);
  });
});

describe("what cannot be read is said, and nothing is thrown", () => {
  const rows: [content: unknown, mediaType: string, of: string | null, why: RegExp][] = [
    ["<bom/>", "application/vnd.cyclonedx+xml", "sbom", /as JSON only/],
    ["SPDXVersion: SPDX-2.3", "text/spdx", "sbom", /as JSON only/],
    ["nothing", "application/spdx+json", "sbom", /not UTF-8 encoded JSON/],
    ["[".repeat(200), "application/spdx+json", "sbom", /nests deeper/],
    [`[${"{},".repeat(400_000)}{}]`, "application/spdx+json", "sbom", /more than 600000 values/],
    [null, "application/json", null, /format is not known/],
    [[], "application/spdx+json", "sbom", /format is not known/],
    [{ payloadType: "x", payload: "§" }, "application/json", null, /not base64/],
    [{ payloadType: "x", payload: btoa("no") }, "application/json", null, /not UTF-8/],
    [{ verificationMaterial: null, dsseEnvelope: {} }, "application/json", null, /has no payload/],
    [statement("https://example.com/own", {}), "application/vnd.in-toto+json", null, /of the type "https:/],
    [statement("https://spdx.dev/Document", { Data: "{" }), "application/json", null, /not UTF-8/],
  ];

  test("by what it is", () => {
    for (const [content, mediaType, of, why] of rows)
      expect(read(content, mediaType)).toContainEqual({
        kind: "unreadable",
        of,
        why: expect.stringMatching(why),
      });
  });

  test("values of the wrong type are as good as absent, in every place", () => {
    const wrong = [null, 7, "text", [], {}, [null], [[]], [{}], { a: null }];
    const shapes: ((value: unknown) => unknown)[] = [
      (value) => ({ spdxVersion: "SPDX-2.3", packages: value, creationInfo: value }),
      (value) => ({ spdxVersion: "SPDX-2.3", packages: [{ name: value, externalRefs: value }] }),
      (value) => ({ bomFormat: "CycloneDX", components: value, metadata: value }),
      (value) => ({
        bomFormat: "CycloneDX",
        components: [{ name: "a", licenses: value, components: value }],
      }),
      (value) => ({ runs: [value, { tool: value, results: value }, { results: [value] }] }),
      (value) => ({ SchemaVersion: value, Results: value }),
      (value) => ({ SchemaVersion: 2, Results: [{ Vulnerabilities: value }, { Vulnerabilities: [value] }] }),
      (value) => ({ matches: [value, { vulnerability: value }] }),
      (value) => ({ vulnerabilities: [value] }),
      (value) => statement("https://slsa.dev/provenance/v1", value),
      (value) => statement("https://slsa.dev/provenance/v1", { buildDefinition: value, runDetails: value }),
      (value) => statement("https://cosign.sigstore.dev/attestation/vuln/v1", { scanner: { result: value } }),
      (value) => ({ verificationMaterial: value }),
      (value) => ({ verificationMaterial: { certificate: { rawBytes: value } } }),
      (value) => ({ payloadType: "x", payload: value, signatures: value }),
    ];
    for (const shape of shapes)
      for (const value of wrong)
        expect(read(shape(value)).every(({ kind }) => typeof kind === "string")).toBe(true);
  });

  test("a certificate that is cut off anywhere, or has any byte changed, names somebody or nobody", () => {
    for (let at = 0; at < workflowCertificate.length; at += 4) {
      const cut = workflowCertificate.slice(0, at);
      const changed = `${cut}////${workflowCertificate.slice(at + 4)}`;
      for (const rawBytes of [cut, changed]) {
        const [signature] = read({ verificationMaterial: { certificate: { rawBytes } } });
        expect(signature?.kind).toBe("signature");
      }
    }
  });

  test("a hundred thousand packages are counted, and the first are kept; hidden characters are made visible", () => {
    const packages = Array.from({ length: 100_000 }, (_, index) => ({ name: `p\u202e${index}` }));
    const [sbom] = read({ spdxVersion: "SPDX-2.3", packages });
    expect(sbom).toMatchObject({ total: 100_000 });
    expect(sbom?.kind === "sbom" && [sbom.packages.length, sbom.packages[0]?.name]).toEqual([
      20_000,
      "p\ufffd0",
    ]);
  });
});
