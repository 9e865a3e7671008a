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
  return cookie(origin, encodeURIComponent(text.slice(0, maximumLength)), lifetime);
}

/** Set-Cookie after it was said. */
export function said(origin: string): string {
  return cookie(origin, "", 0);
}

export function readSaid(request: Request, origin: string): string | undefined {
  const prefix = `${nameOf(origin)}=`;
  const pair = (request.headers.get("Cookie") ?? "").split(/;\s*/).find((each) => each.startsWith(prefix));
  if (pair === undefined) return undefined;
  try {
    return decodeURIComponent(pair.slice(prefix.length)).slice(0, maximumLength) || undefined;
  } catch {
    return undefined;
  }
}

function cookie(origin: string, value: string, seconds: number): string {
  const secure = origin.startsWith("https:") ? "; Secure" : "";
  return `${nameOf(origin)}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
