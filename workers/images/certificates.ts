import { bytesOfBase64 } from "./base64.ts";
import { textOf } from "./texts.ts";

/** Whom a certificate is for, and who vouched for them. Nothing of it is verified. */
export interface CertifiedIdentity {
  identity: string;
  issuer: string;
}

/** Object identifiers, encoded: subjectAltName (RFC 5280), and the issuer of the id_token that Fulcio puts into a certificate, old and new. */
const subjectAltName = "551d11";
const fulcioIssuer = "2b0601040183bf300101";
const fulcioIssuerV2 = "2b0601040183bf300108";

/** One value of DER (ITU-T X.690): its tag, and where its content is. */
interface Value {
  tag: number;
  content: Uint8Array;
}

/** Reads an X.509 certificate, as PEM. undefined when it is none that names an identity. */
export function readPemCertificate(pem: string): CertifiedIdentity | undefined {
  const base64 = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]{1,20000})-----END CERTIFICATE-----/.exec(
    pem,
  )?.[1];
  return base64 === undefined ? undefined : readCertificate(base64);
}

/** The same as base64 of DER. */
export function readCertificate(base64: string): CertifiedIdentity | undefined {
  const der = bytesOfBase64(base64.slice(0, 20_000));
  const [certificate] = valuesOf(der);
  const [signed] = valuesOf(certificate?.content);
  // Extensions stand in [3], a sequence of sequences: identifier, whether it is critical, value.
  const extensions = valuesOf(signed?.content).find(({ tag }) => tag === 0xa3);
  const found = new Map<string, Uint8Array>();
  for (const extension of valuesOf(valuesOf(extensions?.content)[0]?.content)) {
    const parts = valuesOf(extension.content);
    const [identifier, value] = [parts[0], parts.at(-1)];
    if (identifier?.tag === 0x06 && value?.tag === 0x04) found.set(hexOf(identifier.content), value.content);
  }
  const [names] = valuesOf(found.get(subjectAltName));
  // rfc822Name, or uniformResourceIdentifier.
  const name = valuesOf(names?.content).find(({ tag }) => tag === 0x81 || tag === 0x86);
  const identity = decode(name?.content);
  if (identity === "") return undefined;
  const [issuer] = valuesOf(found.get(fulcioIssuerV2));
  return { identity, issuer: decode(issuer?.content ?? found.get(fulcioIssuer)) };
}

/** The values that stand one behind the other in these bytes; those before the first that is cut off or too long. */
function valuesOf(bytes: Uint8Array = new Uint8Array()): Value[] {
  const values: Value[] = [];
  let at = 0;
  while (at + 2 <= bytes.length && values.length < 100) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length > 0x80) {
      const digits = bytes.subarray(at, at + length - 0x80);
      if (digits.length > 3) break;
      at += digits.length;
      length = digits.reduce((sum, digit) => sum * 256 + digit, 0);
    }
    if (length === 0x80 || at + length > bytes.length) break;
    values.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes.subarray(0, 32), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function decode(bytes: Uint8Array = new Uint8Array()): string {
  return textOf(new TextDecoder().decode(bytes.subarray(0, 1000)));
}
