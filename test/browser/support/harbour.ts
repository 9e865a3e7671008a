import {
  buildImage,
  buildIndex,
  buildReferrer,
  pushBuilt,
  pushIndex,
  type Attestation,
  type Built,
  type ImageSpec,
  type Step,
} from "../../support/cargo.ts";
import type { OciClient } from "../../support/oci-client.ts";

/** Repositories as they are in a harbour of images, for the pages that show them. */

/** Of which others are made. */
export const debian: readonly Step[] = [
  { command: "/bin/sh -c #(nop) ADD file:9a3b in / ", size: 27_134_512, content: "debian 12 slim" },
  { command: '/bin/sh -c #(nop)  CMD ["bash"]' },
];

const configuration = {
  User: "nobody",
  ExposedPorts: { "8080/tcp": {}, "9090/udp": {} },
  Env: [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "LIGHTHOUSE_CONFIG=/etc/lighthouse.toml",
    "LIGHTHOUSE_INTERVAL=30s",
  ],
  Entrypoint: ["/usr/bin/lighthouse"],
  Cmd: ["--config", "/etc/lighthouse.toml"],
  WorkingDir: "/var/lib/lighthouse",
  Volumes: { "/var/lib/lighthouse": {} },
  StopSignal: "SIGTERM",
  Healthcheck: { Test: ["CMD", "/usr/bin/lighthouse", "ping"], Interval: 30_000_000_000, Retries: 3 },
  Labels: {
    "org.opencontainers.image.title": "Lighthouse",
    "org.opencontainers.image.vendor": "Acme Harbour Office",
  },
};

const annotations = {
  "org.opencontainers.image.description":
    "Health checks and status pages for small fleets. One binary, no database.",
  "org.opencontainers.image.licenses": "Apache-2.0",
  "org.opencontainers.image.source": "https://git.example/acme/lighthouse",
  "org.opencontainers.image.revision": "3fe91c2a7bd04c6f8f5a7c7b3a1f0de4d6b8c901",
  "org.opencontainers.image.version": "2.8.1",
};

/** @param version of what changes from one to the next */
export function lighthouse(version: string, more: Partial<ImageSpec> = {}): ImageSpec {
  const grown = Number.parseInt(version.replaceAll(/\D/g, ""), 10) || 0;
  return {
    steps: [
      ...debian,
      {
        command:
          "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ca-certificates curl tzdata && rm -rf /var/lib/apt/lists/* # buildkit",
        size: 11_812_004,
      },
      { command: "WORKDIR /var/lib/lighthouse" },
      {
        command: "COPY --from=build /out/lighthouse /usr/bin/ # buildkit",
        size: 8_901_377 + grown * 1013,
        content: `lighthouse ${version}`,
      },
      { command: "COPY lighthouse.toml /etc/ # buildkit", size: 512_044 },
      { command: "EXPOSE map[8080/tcp:{} 9090/udp:{}]" },
      { command: 'ENTRYPOINT ["/usr/bin/lighthouse"]' },
      { command: 'CMD ["--config" "/etc/lighthouse.toml"]' },
    ],
    config: configuration,
    annotations: { ...annotations, "org.opencontainers.image.version": version },
    ...more,
  };
}

/** What BuildKit says of an image: where it is from, and what is in it. */
function attestations(packages: readonly (readonly [name: string, version: string])[]): Attestation[] {
  return [
    {
      predicateType: "https://spdx.dev/Document",
      predicate: {
        spdxVersion: "SPDX-2.3",
        SPDXID: "SPDXRef-DOCUMENT",
        name: "lighthouse",
        dataLicense: "CC0-1.0",
        documentNamespace: "https://acme.example/sbom/lighthouse",
        creationInfo: { created: "2026-11-20T08:30:00Z", creators: ["Tool: syft-1.18.0"] },
        packages: packages.map(([name, versionInfo], index) => ({
          name,
          SPDXID: `SPDXRef-Package-${index}`,
          versionInfo,
          downloadLocation: "NOASSERTION",
          licenseConcluded: "NOASSERTION",
          licenseDeclared: index % 3 === 0 ? "MIT" : "GPL-2.0-or-later",
          externalRefs: [
            {
              referenceCategory: "PACKAGE-MANAGER",
              referenceType: "purl",
              referenceLocator: `pkg:deb/debian/${name}@${versionInfo}`,
            },
          ],
        })),
      },
    },
    {
      predicateType: "https://slsa.dev/provenance/v0.2",
      predicate: {
        builder: { id: "https://git.example/acme/lighthouse/actions/runs/4711" },
        buildType: "https://mobyproject.org/buildkit@v1",
        invocation: {
          configSource: {
            uri: "https://git.example/acme/lighthouse.git#refs/tags/v2.8.1",
            digest: { sha1: "3fe91c2a7bd04c6f8f5a7c7b3a1f0de4d6b8c901" },
            entryPoint: "Dockerfile",
          },
        },
        materials: [{ uri: "pkg:docker/debian@12-slim", digest: { sha256: "a".repeat(64) } }],
        metadata: { buildStartedOn: "2026-11-20T08:28:10Z", buildFinishedOn: "2026-11-20T08:30:00Z" },
      },
    },
  ];
}

const packages: readonly (readonly [string, string])[] = [
  ["base-files", "12.4+deb12u8"],
  ["bash", "5.2.15-2+b7"],
  ["ca-certificates", "20230311"],
  ["curl", "7.88.1-10+deb12u8"],
  ["libc6", "2.36-9+deb12u9"],
  ["libssl3", "3.0.15-1~deb12u1"],
  ["openssl", "3.0.15-1~deb12u1"],
  ["tzdata", "2024b-0+deb12u1"],
  ["zlib1g", "1:1.2.13.dfsg-1"],
];

const findings = {
  SchemaVersion: 2,
  ArtifactName: "acme/lighthouse",
  CreatedAt: "2026-11-21T03:00:00Z",
  Results: [
    {
      Target: "acme/lighthouse (debian 12.8)",
      Class: "os-pkgs",
      Type: "debian",
      Vulnerabilities: [
        {
          VulnerabilityID: "CVE-2026-1234",
          PkgName: "libssl3",
          InstalledVersion: "3.0.15-1~deb12u1",
          FixedVersion: "3.0.16-1~deb12u1",
          Severity: "HIGH",
          Title: "A buffer is read beyond its end in the parsing of certificates",
        },
        {
          VulnerabilityID: "CVE-2025-9876",
          PkgName: "curl",
          InstalledVersion: "7.88.1-10+deb12u8",
          Severity: "LOW",
          Title: "Cookies of another host are sent after a redirect",
        },
      ],
    },
  ],
};

const bytesOf = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A signature as cosign makes it, attached by the referrers API. */
function signature(subject: Built): Built {
  return buildReferrer(
    subject,
    "application/vnd.dev.cosign.artifact.sig.v1+json",
    {
      mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
      bytes: bytesOf({
        critical: {
          identity: { "docker-reference": "hub.example/acme/lighthouse" },
          image: { "docker-manifest-digest": subject.digest },
          type: "cosign container image signature",
        },
        optional: { Issuer: "https://accounts.example", Subject: "release@acme.example" },
      }),
      annotations: { "dev.cosignproject.cosign/signature": "MEUCIQDn" },
    },
    { "org.opencontainers.image.created": "2026-11-20T08:31:00Z" },
  );
}

function scanReport(subject: Built): Built {
  return buildReferrer(
    subject,
    "application/vnd.aquasecurity.trivy.report+json",
    { mediaType: "application/vnd.aquasecurity.trivy.report+json", bytes: bytesOf(findings) },
    { "org.opencontainers.image.created": "2026-11-21T03:00:00Z" },
  );
}

/** Pushes a repository with three releases for three platforms each, with attestations, a signature and a scan report on the newest. */
export async function pushLighthouse(client: OciClient, repository: string): Promise<void> {
  for (const [version, tags] of [
    ["2.7.0", ["2.7.0"]],
    ["2.8.0", ["2.8.0"]],
    ["2.8.1", ["2.8.1", "2.8", "2", "latest"]],
  ] as const) {
    const images = [
      { architecture: "amd64" },
      { architecture: "arm64", variant: "v8" },
      { architecture: "arm", variant: "v7" },
    ].map((platform) => buildImage(lighthouse(version, { platform })));
    const listed = version === "2.7.0" ? packages.slice(1) : packages;
    const built = buildIndex(images, attestations(listed), annotations);
    await pushIndex(client, repository, built, tags);
    if (version === "2.8.1")
      for (const each of [signature(built.index), scanReport(built.index)])
        await pushBuilt(client, repository, each);
  }
}
