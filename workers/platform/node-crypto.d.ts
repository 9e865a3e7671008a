/** The part of `node:crypto` that hashes, as workerd has it; the types of Node itself are not wanted in a Worker. */
declare module "node:crypto" {
  interface Hash {
    update(bytes: Uint8Array): this;
    copy(): Hash;
    digest(encoding: "hex" | "base64"): string;
  }
  export function createHash(algorithm: "sha256" | "sha512"): Hash;

  interface Hmac {
    update(text: string): this;
    digest(encoding: "base64url"): string;
  }
  export function createHmac(algorithm: "sha256", key: Uint8Array): Hmac;

  /** RFC 7914. `N` is the cost in memory and time, `r` the size of a block, `p` how often; 128·N·r bytes may be no more than `maxmem`. */
  export function scryptSync(
    password: Uint8Array,
    salt: Uint8Array,
    length: number,
    cost: { N: number; r: number; p: number; maxmem: number },
  ): Uint8Array;
  /** Of equal length, else it throws. */
  export function timingSafeEqual(one: Uint8Array, other: Uint8Array): boolean;
}
