import { base64url } from "jose";

/** Without vowels, so that no code is a word, and without Y; letters only, so that nothing looks like a digit. */
const letters = "BCDFGHJKLMNPQRSTVWXZ";
const length = 8;
const form = new RegExp(`^[${letters}]{${length}}$`);

/** What a client proves with that a request is its own: 256 random bits. */
export function createDeviceCode(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
}

/** What a person types: 34 random bits, which live ten minutes and can be tried few times. */
export function createUserCode(): string {
  let code = "";
  while (code.length < length) {
    const [byte = 0] = crypto.getRandomValues(new Uint8Array(1));
    // Above the last multiple of 20 the first letters would come more often.
    if (byte < 240) code += letters.charAt(byte % letters.length);
  }
  return code;
}

/** As people see it: XXXX-XXXX. */
export function showUserCode(code: string): string {
  return `${code.slice(0, length / 2)}-${code.slice(length / 2)}`;
}

/** The code that somebody typed, or undefined when it cannot be one. */
export function readUserCode(typed: string): string | undefined {
  const code = typed.toUpperCase().replaceAll(/[\s-]/g, "");
  return form.test(code) ? code : undefined;
}
