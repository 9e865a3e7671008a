import { scryptSync, timingSafeEqual } from "node:crypto";
import { base64url } from "jose";
import type { Pepper } from "./peppers.ts";

/** Turns passwords into what is kept of them. The one place that takes real time: at most one of these for a request. */
export interface PasswordHasher {
  hash(password: string): Promise<string>;
  /** Whether this is the password that was hashed. */
  verify(password: string, stored: string): Promise<boolean>;
  /** Does what `verify` does, for a password that nobody has: an unknown account takes as long as a known one. */
  pretend(password: string): Promise<void>;
  /** Whether it was hashed with other parameters or another pepper than new ones are. */
  isOutdated(stored: string): boolean;
}

interface Cost {
  /** log2 of the memory cost. */
  ln: number;
  r: number;
  p: number;
}

/** 16 MiB and about 0.2 s: as strong as workerd lets scrypt be (N·r·p up to 2^20) and one of OWASP's equals. */
const cost: Cost = { ln: 14, r: 8, p: 5 };
const saltLength = 16;
const hashLength = 32;

interface Stored extends Cost {
  pepper: number;
  salt: Uint8Array;
  hash: Uint8Array;
}

/**
 * scrypt (RFC 7914) over HMAC-SHA-256(pepper, password), kept in the PHC string format with everything that is needed to verify it:
 *
 *     $scrypt$ln=14,r=8,p=5,pepper=0$<salt>$<hash>
 */
export class ScryptHasher implements PasswordHasher {
  readonly #peppers: readonly Pepper[];
  readonly #derive: (text: string) => Promise<string>;

  /**
   * @param peppers the first is for new hashes
   * @param derive HMAC under SECRET, for the pepper that has no text
   */
  constructor(peppers: readonly Pepper[], derive: (text: string) => Promise<string>) {
    this.#peppers = peppers;
    this.#derive = derive;
  }

  async hash(password: string): Promise<string> {
    const salt = crypto.getRandomValues(new Uint8Array(saltLength));
    const pepper = this.#current;
    const hash = scrypt(await this.#season(password, pepper), salt, cost);
    const parameters = `ln=${cost.ln},r=${cost.r},p=${cost.p},pepper=${pepper.version}`;
    return `$scrypt$${parameters}$${base64url.encode(salt)}$${base64url.encode(hash)}`;
  }

  /** @throws Error when its pepper is no longer among the settings, or it is none of ours. */
  async verify(password: string, stored: string): Promise<boolean> {
    const read = parse(stored);
    const pepper = this.#peppers.find(({ version }) => version === read.pepper);
    if (!pepper)
      throw new Error(`a password was hashed with pepper ${read.pepper}, which PASSWORD_PEPPER lacks`);
    return timingSafeEqual(scrypt(await this.#season(password, pepper), read.salt, read), read.hash);
  }

  async pretend(password: string): Promise<void> {
    scrypt(await this.#season(password, this.#current), new Uint8Array(saltLength), cost);
  }

  isOutdated(stored: string): boolean {
    const read = parse(stored);
    return (
      read.pepper !== this.#current.version || read.ln !== cost.ln || read.r !== cost.r || read.p !== cost.p
    );
  }

  get #current(): Pepper {
    return this.#peppers[0] ?? { version: 0, text: undefined };
  }

  /** The password as scrypt gets it: always 32 bytes, and worth nothing without the pepper. */
  async #season(password: string, { text }: Pepper): Promise<Uint8Array> {
    const encoder = new TextEncoder();
    const bytes = encoder.encode(text ?? (await this.#derive("password pepper")));
    const key = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    // The same letters typed on another system may come in other code points.
    return new Uint8Array(await crypto.subtle.sign("HMAC", key, encoder.encode(password.normalize("NFKC"))));
  }
}

function scrypt(password: Uint8Array, salt: Uint8Array, { ln, r, p }: Cost): Uint8Array {
  return scryptSync(password, salt, hashLength, { N: 2 ** ln, r, p, maxmem: 256 * 2 ** ln * r });
}

function parse(stored: string): Stored {
  const [, ln, r, p, pepper, salt = "", hash = ""] =
    /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+),pepper=(\d+)\$([\w-]+)\$([\w-]+)$/.exec(stored) ?? [];
  if (ln === undefined) throw new Error("a stored password hash cannot be read");
  return {
    ln: Number(ln),
    r: Number(r),
    p: Number(p),
    pepper: Number(pepper),
    salt: base64url.decode(salt),
    hash: base64url.decode(hash),
  };
}
