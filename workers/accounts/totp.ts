import { second } from "../platform/clock.ts";

/**
 * Codes of authenticator apps: TOTP (RFC 6238) as all of them have it, HMAC-SHA-1, six digits, a new one every 30 seconds.
 */
const digits = 6;
const period = 30 * second;
/** RFC 4226 recommends 160 bits. */
const secretLength = 20;
/** Codes of how many steps before and after are taken: clocks differ. */
const tolerance = 1;

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** A new secret, base32 (RFC 4648) without padding. */
export function createTotpSecret(): string {
  return base32(crypto.getRandomValues(new Uint8Array(secretLength)));
}

/** What an authenticator app reads from a QR code. */
export function totpUri(secret: string, issuer: string, account: string): string {
  const label = `${encodeURIComponent(issuer)}:${encodeURIComponent(account)}`;
  const parameters = `secret=${secret}&issuer=${encodeURIComponent(issuer)}&algorithm=SHA1&digits=${digits}&period=${period / second}`;
  return `otpauth://totp/${label}?${parameters}`;
}

/** Whether a text is a code as far as one can see. */
export function isTotpCode(text: string): boolean {
  return /^\d{6}$/.test(text.replaceAll(/\s/g, ""));
}

/**
 * The step that a code is of, or undefined when it is none of now. Codes of `lastStep` and before are not taken: one that was seen over
 * a shoulder has been used.
 *
 * @param now milliseconds since 1970
 */
export async function matchTotp(
  secret: string,
  code: string,
  now: number,
  lastStep: number,
): Promise<number | undefined> {
  const given = code.replaceAll(/\s/g, "");
  const present = Math.floor(now / period);
  let found: number | undefined;
  // All of them, so that the time it takes tells nothing.
  for (let step = present - tolerance; step <= present + tolerance; step += 1)
    if (equal(await totpCode(secret, step), given) && step > lastStep) found ??= step;
  return found;
}

/** The code of a step (RFC 4226, section 5.3). */
export async function totpCode(secret: string, step: number): Promise<string> {
  const key = await crypto.subtle.importKey(
    "raw",
    fromBase32(secret),
    { name: "HMAC", hash: "SHA-1" },
    false,
    ["sign"],
  );
  const counter = new DataView(new ArrayBuffer(8));
  counter.setBigUint64(0, BigInt(step));
  const mac = new DataView(await crypto.subtle.sign("HMAC", key, counter.buffer));
  const offset = mac.getUint8(19) & 15;
  const number = (mac.getUint32(offset) & 0x7fff_ffff) % 10 ** digits;
  return String(number).padStart(digits, "0");
}

/** Compares in a time that does not depend on where they differ. */
function equal(one: string, other: string): boolean {
  if (one.length !== other.length) return false;
  let difference = 0;
  for (let index = 0; index < one.length; index += 1)
    difference |= one.charCodeAt(index) ^ other.charCodeAt(index);
  return difference === 0;
}

function base32(bytes: Uint8Array): string {
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return (bits.match(/.{1,5}/g) ?? [])
    .map((five) => alphabet.charAt(Number.parseInt(five.padEnd(5, "0"), 2)))
    .join("");
}

function fromBase32(text: string): Uint8Array<ArrayBuffer> {
  const bits = Array.from(text, (letter) => alphabet.indexOf(letter).toString(2).padStart(5, "0")).join("");
  return Uint8Array.from(bits.match(/.{8}/g) ?? [], (eight) => Number.parseInt(eight, 2));
}
