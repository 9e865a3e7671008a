import { inlineStyle } from "./assets.ts";

/** What a page may load, send and be shown in: only this hub. There is no inline script, and no inline style but the hub's own. */
const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'self' ${inlineStyle.source}`,
  "script-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/**
 * The headers of every page.
 *
 * @param cacheControl who may keep it, and how: "no-store" where it shows what only this visitor may see.
 */
export function pageHeaders(cacheControl: string): Record<string, string> {
  return {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": contentSecurityPolicy,
    // Addresses hold tokens of mails; forms need `Origin`, which "no-referrer" would take away.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": cacheControl,
    Vary: "Cookie",
  };
}
