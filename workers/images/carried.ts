import { carriedKinds, type Carried } from "./facts.ts";

/** What a media type, or an in-toto predicate type, says is in a document: by how it begins. */
const types: readonly (readonly [beginning: string, carried: Carried])[] = [
  ["application/vnd.dev.cosign.artifact.sig.", "signature"],
  ["application/vnd.dev.cosign.simplesigning.", "signature"],
  ["application/vnd.cncf.notary.signature", "signature"],
  ["application/spdx", "sbom"],
  ["text/spdx", "sbom"],
  ["application/vnd.cyclonedx", "sbom"],
  ["application/vnd.syft", "sbom"],
  ["application/vnd.dev.cosign.artifact.sbom.", "sbom"],
  ["https://spdx.dev/Document", "sbom"],
  ["https://cyclonedx.org/", "sbom"],
  ["https://slsa.dev/provenance/", "provenance"],
  ["https://slsa.dev/verification_summary/", "provenance"],
  ["application/sarif", "scan"],
  ["application/vnd.security.vulnerability.report", "scan"],
  ["application/vnd.aquasecurity.trivy.report", "scan"],
  ["https://cosign.sigstore.dev/attestation/vuln/", "scan"],
  ["https://in-toto.io/attestation/vulns/", "scan"],
];

/** Annotations in which tools say the predicate type of an attestation, so that nobody has to open it. */
const predicateAnnotations = [
  "in-toto.io/predicate-type",
  "predicateType",
  "dev.sigstore.bundle.predicateType",
];

export function carriedBy(type: string): Carried | undefined {
  return types.find(([beginning]) => type.startsWith(beginning))?.[1];
}

interface Described {
  mediaType: string;
  annotations: Readonly<Record<string, string>>;
}

/** A bundle of Sigstore that says of no predicate is a signature; one that does, is an attestation. */
const bundle = "application/vnd.dev.sigstore.bundle";

/**
 * What an artifact carries, by what it says of itself and of its blobs: in the order of `carriedKinds`.
 *
 * @param artifactType "" when it states none
 */
export function carriedByArtifact(
  artifactType: string,
  annotations: Readonly<Record<string, string>>,
  blobs: readonly Described[],
): Carried[] {
  const found = new Set(
    [{ mediaType: artifactType, annotations }, ...blobs].flatMap(({ mediaType, annotations }) => [
      carriedBy(mediaType),
      ...predicateAnnotations.map((name) => carriedBy(annotations[name] ?? "")),
    ]),
  );
  const isBundle =
    artifactType.startsWith(bundle) || blobs.some(({ mediaType }) => mediaType.startsWith(bundle));
  if (isBundle && !carriedKinds.some((kind) => found.has(kind))) found.add("signature");
  return carriedKinds.filter((kind) => found.has(kind));
}
