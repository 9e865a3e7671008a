import type { Signature } from "./attachment.ts";
import { readCertificate, readPemCertificate, type CertifiedIdentity } from "./certificates.ts";
import { at, firstOf, listAt, textAt } from "./fields.ts";

/*
 * Who signed, as a signature says of itself. This hub has no keys to check it with.
 */

/** What cosign signs (github.com/containers/image, "Simple Signing"), with what it puts into the annotations of the layer. */
export function readSimpleSigning(
  payload: unknown,
  annotations: Readonly<Record<string, string>>,
): Signature {
  const certificate = annotations["dev.sigstore.cosign/certificate"];
  return {
    ...signedBy(certificate === undefined ? undefined : readPemCertificate(certificate), ""),
    of: textAt(payload, "critical", "image", "docker-manifest-digest"),
    statedReference: textAt(payload, "critical", "identity", "docker-reference"),
  };
}

/** A bundle of Sigstore (dev.sigstore.bundle.v1). @param of digest of what it is for, as far as is known */
export function readBundleSigner(bundle: unknown, of: string): Signature {
  const material = at(bundle, "verificationMaterial");
  const certificate = firstOf(
    rawText(material, "certificate", "rawBytes"),
    rawText(material, "x509CertificateChain", "certificates", 0, "rawBytes"),
  );
  const identity = certificate === "" ? undefined : readCertificate(certificate);
  return { ...signedBy(identity, textAt(material, "publicKey", "hint")), of, statedReference: "" };
}

/** An envelope of DSSE outside a bundle: a key, by whatever names it. */
export function readEnvelopeSigner(
  envelope: unknown,
  annotations: Readonly<Record<string, string>>,
  of: string,
): Signature {
  const certificate = annotations["dev.sigstore.cosign/certificate"];
  const key = textAt(listAt(envelope, "signatures")[0], "keyid");
  const identity = certificate === undefined ? undefined : readPemCertificate(certificate);
  return { ...signedBy(identity, key), of, statedReference: "" };
}

/** One whose format this hub does not read. */
export const signedByUnknown: Signature = {
  kind: "signature",
  by: "unknown",
  identity: "",
  issuer: "",
  of: "",
  statedReference: "",
};

function signedBy(certified: CertifiedIdentity | undefined, key: string) {
  return certified
    ? ({ kind: "signature", by: "identity", ...certified } as const)
    : ({ kind: "signature", by: "key", identity: key, issuer: "" } as const);
}

/** A text as it is: certificates are longer than what is shown. */
function rawText(value: unknown, ...path: readonly (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}
