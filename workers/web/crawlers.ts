import { addressOf } from "../auth/index.ts";
import { countNameParts, listPublicNames } from "../hub/index.ts";
import { HubError } from "../shared/errors.ts";
import type { WebServices } from "./page.ts";
import { pathOf } from "./pages/repositories/paths.ts";

/** What search engines ask for before they read pages: where not to go (RFC 9309), and what there is (sitemaps.org). */

export function robotsText({ auth }: WebServices, request: Request): Response {
  const { origin } = addressOf(auth, request);
  const lines = [
    "User-agent: *",
    ...["/api/", "/v2/", "/admin", "/settings", "/sign-in", "/sign-up"].map((path) => `Disallow: ${path}`),
    `Sitemap: ${origin}/sitemap.xml`,
  ];
  return text(`${lines.join("\n")}\n`, "text/plain; charset=utf-8");
}

/** The list of the parts of the site map. */
export async function siteMap({ auth, hub }: WebServices, request: Request): Promise<Response> {
  const { origin } = addressOf(auth, request);
  const parts = Array.from(
    { length: await countNameParts(hub) },
    (_, part) => `${origin}/sitemaps/${part}.xml`,
  );
  return xml("sitemapindex", "sitemap", parts);
}

/** @param part as it stands in the address. @throws HubError `not-found` */
export async function siteMapPart(
  { auth, hub }: WebServices,
  request: Request,
  part: string,
): Promise<Response> {
  const [, number] = /^(\d{1,9})\.xml$/.exec(part) ?? [];
  if (number === undefined) throw new HubError("not-found", "there is no such part of the site map");
  const { origin } = addressOf(auth, request);
  const names = await listPublicNames(hub, Number(number));
  return xml(
    "urlset",
    "url",
    names.map((name) => origin + pathOf(name)),
  );
}

/** Neither hosts nor names of repositories have characters that XML knows. */
function xml(list: string, entry: string, addresses: readonly string[]): Response {
  const lines = addresses.map((address) => `<${entry}><loc>${address}</loc></${entry}>`);
  const body = [
    `<?xml version="1.0" encoding="UTF-8"?>`,
    `<${list} xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">`,
    ...lines,
    `</${list}>`,
  ];
  return text(`${body.join("\n")}\n`, "text/xml; charset=utf-8");
}

function text(body: string, type: string): Response {
  // What became private is in no list from the next request on.
  return new Response(body, {
    headers: { "Content-Type": type, "Cache-Control": "no-cache", "X-Content-Type-Options": "nosniff" },
  });
}
