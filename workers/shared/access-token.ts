/**
 * The text of an access token: `why_`, 32 random bytes in base62, `_`, and their CRC-32 in base62. Secret scanners recognise it by
 * its prefix and verify it by its checksum, without asking the hub.
 */
export function createAccessTokenText(): string {
  const body = `why_${base62(crypto.getRandomValues(new Uint8Array(32)), 43)}`;
  return `${body}_${checksum(body)}`;
}

/** Whether a text has the form of an access token, checksum included. Says nothing of whether it is one. */
export function isAccessTokenText(text: string): boolean {
  const body = text.slice(0, -7);
  return /^why_[0-9A-Za-z]{43}_[0-9A-Za-z]{6}$/.test(text) && text.endsWith(`_${checksum(body)}`);
}

function checksum(text: string): string {
  const crc = crc32(new TextEncoder().encode(text));
  return base62(Uint8Array.of(crc >>> 24, crc >>> 16, crc >>> 8, crc), 6);
}

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** @param length digits to write; enough for the bytes, filled up with zeros in front. */
function base62(bytes: Uint8Array, length: number): string {
  let value = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
  let text = "";
  for (let digit = 0; digit < length; digit += 1) {
    text = digits.charAt(Number(value % 62n)) + text;
    value /= 62n;
  }
  return text;
}

/** CRC-32 as in zip and PNG (ISO 3309). */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb8_8320 : crc >>> 1;
  }
  return ~crc >>> 0;
}
