import { readCookies, setCookie } from "./cookies.ts";

/**
 * What a page says once, after a form was taken and the browser was sent on: kept in a cookie for as long as it takes to get there. It is
 * text of the hub's own, and is escaped like any other.
 */
const lifetime = 60; // seconds
/** In characters; a cookie must stay below 4096 bytes. */
const maximumLength = 300;

function nameOf(origin: string): string {
  return origin.startsWith("https:") ? "__Host-wherry-said" : "wherry-said";
}

/** Set-Cookie for what the next page says. */
export function saying(origin: string, text: string): string {
  return setCookie(origin, nameOf(origin), encodeURIComponent(text.slice(0, maximumLength)), lifetime);
}

/** Set-Cookie after it was said. */
export function said(origin: string): string {
  return setCookie(origin, nameOf(origin), "", 0);
}

export function readSaid(request: Request, origin: string): string | undefined {
  const text = readCookies(request).get(nameOf(origin));
  if (text === undefined) return undefined;
  try {
    return decodeURIComponent(text).slice(0, maximumLength) || undefined;
  } catch {
    return undefined;
  }
}
