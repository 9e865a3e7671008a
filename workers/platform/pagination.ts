import { HubError } from "../shared/errors.ts";

/** One page of a list in keyset order: the entries behind `last`, at most `limit` of them. */
export interface Page {
  limit: number;
  last: string;
}

/** The largest page; whoever asks for more gets this many and a link to the rest. */
const maximumPage = 1000;

/** No entry's name or id is longer. */
const maximumLast = 1000;

/**
 * Reads `n` and `last` (OCI Distribution Specification, "Listing Tags").
 *
 * @throws HubError `invalid` when `n` is no whole number from 0 to 2147483647, or `last` is longer than any entry's name.
 */
export function readPage(query: URLSearchParams, fallback = maximumPage): Page {
  const n = query.get("n");
  if (n !== null && (!/^\d{1,10}$/.test(n) || Number(n) > 0x7fff_ffff))
    throw new HubError("invalid", `n=${n.slice(0, 40)} is not a whole number from 0 to 2147483647`, {
      detail: { n },
    });
  const last = query.get("last") ?? "";
  if (last.length > maximumLast)
    throw new HubError(
      "invalid",
      `last=${last.slice(0, 40)}… is longer than ${maximumLast} characters; take it from the Link header of the page before`,
    );
  return { limit: Math.min(n === null ? fallback : Number(n), maximumPage), last };
}

/** The Link header (RFC 8288) to the page behind `last`, keeping the rest of the query as it was. */
export function nextPageLink(url: URL, page: Page, last: string): string {
  const query = new URLSearchParams(url.searchParams);
  query.set("n", String(page.limit));
  query.set("last", last);
  return `<${url.pathname}?${query.toString()}>; rel="next"`;
}
