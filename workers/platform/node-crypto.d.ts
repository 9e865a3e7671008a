/** The part of `node:crypto` that hashes, as workerd has it; the types of Node itself are not wanted in a Worker. */
declare module "node:crypto" {
  interface Hash {
    update(bytes: Uint8Array): this;
    copy(): Hash;
    digest(encoding: "hex"): string;
  }
  export function createHash(algorithm: "sha256" | "sha512"): Hash;
}
