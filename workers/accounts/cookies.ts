import { day, second } from "../platform/clock.ts";
import type { Opened } from "./sessions.ts";
import { absoluteLifetime } from "./sessions.ts";
import type { Visit } from "./visit.ts";

/** How long a browser is known, in milliseconds. */
const deviceLifetime = 365 * day;

/** How long somebody may take at a provider, in milliseconds. */
export const flowLifetime = 900 * second;

/**
 * Names of the cookies. Over TLS they begin with `__Host-`: the browser then takes them from this very host only, for all paths, and
 * never sends them unencrypted (RFC 6265bis, section 4.1.3.2). Plain HTTP has no such protection, and cookies of their own names.
 */
export function cookieNames(origin: string): { session: string; device: string; flow: string } {
  const prefix = isSecure(origin) ? "__Host-" : "";
  return {
    session: `${prefix}wherry`,
    device: `${prefix}wherry-device`,
    flow: `${prefix}wherry-flow`,
  };
}

/** Values of Set-Cookie for a session that was opened, or opened anew under another id. */
export function cookiesFor({ origin }: Visit, { sessionText, deviceText }: Opened): string[] {
  const names = cookieNames(origin);
  return [
    setCookie(origin, names.session, sessionText, absoluteLifetime),
    setCookie(origin, names.device, deviceText, deviceLifetime),
  ];
}

/** Values of Set-Cookie that end the session in the browser. The device stays known. */
export function cookiesOfSignOut({ origin }: Visit): string[] {
  return [setCookie(origin, cookieNames(origin).session, "", 0)];
}

/** Set-Cookie for a sign-in with a provider; an empty text ends it. */
export function flowCookie({ origin }: Visit, text: string): string {
  return setCookie(origin, cookieNames(origin).flow, text, text === "" ? 0 : flowLifetime);
}

function setCookie(origin: string, name: string, value: string, lifetime: number): string {
  const secure = isSecure(origin) ? "; Secure" : "";
  return `${name}=${value}; Path=/; Max-Age=${lifetime / second}; HttpOnly; SameSite=Lax${secure}`;
}

function isSecure(origin: string): boolean {
  return origin.startsWith("https:");
}

/** The cookies of a request; of several with one name the first counts, as the most specific path comes first. */
export function readCookies(header: string): Map<string, string> {
  const cookies = new Map<string, string>();
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals).trim();
    if (equals > 0 && !cookies.has(name)) cookies.set(name, pair.slice(equals + 1).trim());
  }
  return cookies;
}
