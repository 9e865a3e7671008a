/** Cookies of pages that say nothing of who somebody is; those that do are of workers/accounts. */
export function readCookies(request: Request): Map<string, string> {
  const pairs = (request.headers.get("Cookie") ?? "").split(/;\s*/).map((pair): [string, string] => {
    const equals = pair.indexOf("=");
    return [pair.slice(0, equals), pair.slice(equals + 1)];
  });
  // Of several with one name the first counts.
  return new Map(pairs.toReversed());
}

/** A value of Set-Cookie. @param seconds how long the browser keeps it; 0 ends it. */
export function setCookie(origin: string, name: string, value: string, seconds: number): string {
  const secure = origin.startsWith("https:") ? "; Secure" : "";
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}
