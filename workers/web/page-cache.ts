import type { Visit } from "../accounts/index.ts";
import { second } from "../platform/clock.ts";
import { assets } from "./assets.ts";
import { pageHeaders } from "./headers.ts";
import type { At } from "./page.ts";
import type { Reader } from "./render-page.tsx";
import { readSaid } from "./said.ts";
import { readTheme } from "./theme.ts";

/**
 * Pages that were rendered for somebody who is not signed in, for the next such visitor: in the cache of the place of the edge that
 * answers, under a key of all that they were made of. docs/decisions/0012-kept-pages.md.
 */

/** How long a page is used again, in milliseconds: so old its counts, its times and its list of what is new may be. */
const lifetime = 60 * second;

/** Whether a request is one of somebody who is not signed in, and to whom nothing is said that others are not told. */
export function mayBeKept(request: Request, { sessionText, origin }: Visit): boolean {
  return sessionText === undefined && readSaid(request, origin) === undefined;
}

/**
 * The page of this version: as it was kept, or as `render` makes it now.
 *
 * Browsers and proxies may keep it, and ask each time: only then is it known whether the version is the same.
 */
export async function answerKept(
  at: At & Pick<Reader, "face">,
  version: string,
  render: () => Promise<Response>,
): Promise<Response> {
  const { request, url, visit, face, now } = at;
  const { origin } = visit;
  const theme = readTheme(request, origin);
  const slot = Math.floor(now / lifetime);
  const key = await keyOf([
    assets.style.path,
    assets.script.path,
    origin,
    url.pathname,
    url.search,
    theme,
    face,
    version,
    slot,
  ]);
  const kept = await caches.default.match(key);
  if (kept) return answer(request, kept.body, kept.headers.get("ETag") ?? "");
  const rendered = await render();
  if (rendered.status !== 200 || rendered.headers.has("Set-Cookie")) return rendered;
  const html = await rendered.text();
  const tag = `W/"${(await hashOf(html)).slice(0, 32)}"`;
  const headers = { "Cache-Control": `public, max-age=${lifetime / second}`, ETag: tag };
  await caches.default.put(key, new Response(html, { headers }));
  return answer(request, html, tag);
}

function answer(request: Request, body: BodyInit | null, tag: string): Response {
  const headers = { ...pageHeaders("public, no-cache"), ETag: tag };
  const known = request.headers.get("If-None-Match")?.split(/,\s*/).includes(tag);
  return known ? new Response(null, { status: 304, headers }) : new Response(body, { headers });
}

/** An address of no host: the cache takes nothing else as a key. */
async function keyOf(parts: readonly unknown[]): Promise<string> {
  return `https://page.invalid/${await hashOf(JSON.stringify(parts))}`;
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
