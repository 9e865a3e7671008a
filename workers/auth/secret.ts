import { base64url } from "jose";
import { HubError } from "../shared/errors.ts";

/**
 * What is derived from SECRET: the pepper of access tokens, and the key that seals signing keys. Change SECRET and every access
 * token and registry token is void; there is no way back from what it sealed.
 */
export class Secret {
  readonly #bytes: Uint8Array<ArrayBuffer>;
  #hmacKey: CryptoKey | undefined;
  #sealingKey: CryptoKey | undefined;
  #fingerprint: string | undefined;

  /**
   * @param text at least 32 characters; see the README for how to make one.
   * @throws HubError `unavailable` when there is none; Error when it is too short.
   */
  constructor(text: string | undefined) {
    if (!text)
      throw new HubError(
        "unavailable",
        "the hub has no SECRET yet: set one with `npx wrangler secret put SECRET`, as the README says under Deploy to Cloudflare",
      );
    if (text.length < 32)
      throw new Error(
        `SECRET has ${text.length} characters, it needs 32 or more: set it to 32 random bytes in base64url`,
      );
    this.#bytes = utf8(text);
  }

  /** HMAC-SHA-256 of a text, base64url. */
  async hmac(text: string): Promise<string> {
    this.#hmacKey ??= await crypto.subtle.importKey("raw", this.#bytes, hmacSha256, false, ["sign"]);
    const mac = await crypto.subtle.sign("HMAC", this.#hmacKey, new TextEncoder().encode(text));
    return base64url.encode(new Uint8Array(mac));
  }

  /** A short name of this SECRET, which tells nothing of it: what it sealed is found by it. */
  async fingerprint(): Promise<string> {
    const fingerprint =
      this.#fingerprint ?? base64url.encode(new Uint8Array(await this.#derive("fingerprint", 48)));
    this.#fingerprint = fingerprint;
    return fingerprint;
  }

  /** Encrypts with AES-256-GCM. `label` is not kept, but has to be given again to open it. */
  async seal(label: string, text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(ivLength));
    const sealed = new Uint8Array(
      await crypto.subtle.encrypt(aesGcm(iv, label), await this.#sealing(), new TextEncoder().encode(text)),
    );
    const both = new Uint8Array(ivLength + sealed.length);
    both.set(iv);
    both.set(sealed, ivLength);
    return base64url.encode(both);
  }

  /** @throws Error when it was sealed under another SECRET or label, or was changed since. */
  async open(label: string, sealed: string): Promise<string> {
    const bytes = base64url.decode(sealed);
    const [iv, body] = [bytes.slice(0, ivLength), bytes.slice(ivLength)];
    return new TextDecoder().decode(
      await crypto.subtle.decrypt(aesGcm(iv, label), await this.#sealing(), body),
    );
  }

  async #sealing(): Promise<CryptoKey> {
    this.#sealingKey ??= await crypto.subtle.importKey(
      "raw",
      await this.#derive("signing keys", 256),
      "AES-GCM",
      false,
      ["encrypt", "decrypt"],
    );
    return this.#sealingKey;
  }

  async #derive(purpose: string, bits: number): Promise<ArrayBuffer> {
    const key = await crypto.subtle.importKey("raw", this.#bytes, "HKDF", false, ["deriveBits"]);
    const info = new TextEncoder().encode(`wherry ${purpose}`);
    return crypto.subtle.deriveBits(
      { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(), info },
      key,
      bits,
    );
  }
}

const ivLength = 12;
const hmacSha256 = { name: "HMAC", hash: "SHA-256" } as const;

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(new TextEncoder().encode(text));
}

function aesGcm(iv: Uint8Array<ArrayBuffer>, label: string) {
  return { name: "AES-GCM", iv, additionalData: new TextEncoder().encode(label) };
}
