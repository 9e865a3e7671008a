/** A content digest, `algorithm:hex`, as in the OCI image specification ("Digests"). */
export type Digest = `${DigestAlgorithm}:${string}`;

export type DigestAlgorithm = keyof typeof hexLength;

const hexLength = { sha256: 64, sha512: 128 } as const;

/** The digest that `text` spells, or undefined when it is none, or of an algorithm this registry does not verify. */
export function parseDigest(text: string): Digest | undefined {
  const colon = text.indexOf(":");
  const algorithm = text.slice(0, colon);
  if (algorithm !== "sha256" && algorithm !== "sha512") return undefined;
  const hex = text.slice(colon + 1);
  return hex.length === hexLength[algorithm] && /^[0-9a-f]+$/.test(hex) ? (text as Digest) : undefined;
}

export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** Digest of bytes that are in memory already; use a streaming hash for anything larger than a manifest. */
export async function digestOf(
  bytes: ArrayBuffer | ArrayBufferView,
  algorithm: DigestAlgorithm = "sha256",
): Promise<Digest> {
  const hash = await crypto.subtle.digest(algorithm === "sha512" ? "SHA-512" : "SHA-256", bytes);
  return `${algorithm}:${toHex(new Uint8Array(hash))}`;
}

function toHex(bytes: Uint8Array): string {
  let hex = "";
  for (const byte of bytes) hex += byte.toString(16).padStart(2, "0");
  return hex;
}
