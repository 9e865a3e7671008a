/** Control characters and white space, of which browsers drop some, and the backslash, which they read as a slash. */
const deceptive = /[\p{Cc}\s\\]/u;

/** No host of the Internet (RFC 6761): what is not below it after resolving leads elsewhere. */
const somewhere = "http://hub.invalid";

/**
 * Where to go on after signing in, when it is a path of this hub; the home page in every other case. It comes from the address bar, and
 * so from whoever made the link: an address of another host would turn the sign-in page into a part of their fraud.
 */
export function nextPath(wanted: string | undefined): string {
  if (wanted === undefined || !/^\/(?!\/)/.test(wanted) || deceptive.test(wanted)) return "/";
  const url = URL.parse(wanted, somewhere);
  // "/.//host" becomes "//host" once it is resolved.
  if (url?.origin !== somewhere || url.pathname.startsWith("//")) return "/";
  return url.pathname + url.search + url.hash;
}

/** An address with `next` in its query; without, when there is nothing to say. */
export function withNext(path: string, next: string): string {
  return next === "/" ? path : `${path}?${new URLSearchParams({ next }).toString()}`;
}
