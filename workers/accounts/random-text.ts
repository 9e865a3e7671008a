import { base64url } from "jose";
import type { AuthContext } from "../auth/index.ts";

/** 256 random bits, base64url: nobody guesses it, so one HMAC is all that has to be kept of it. */
export function randomText(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
}

/** What is kept of a random text. A text of one purpose is worth nothing for another. */
export async function hashText({ secret }: AuthContext, purpose: string, text: string): Promise<string> {
  return secret.hmac(`${purpose} ${text.slice(0, 512)}`);
}
