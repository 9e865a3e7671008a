import { HubError } from "../shared/errors.ts";
import { numberIn } from "./registry-search.ts";

/** A page of a list, the way Docker Hub counts them. */
export interface AskedPage {
  /** From 1 on. */
  page: number;
  size: number;
  /** Entries before it. */
  offset: number;
}

/** A list as Docker Hub's API gives it. */
export interface HubList<Result> {
  count: number;
  /** Addresses of the pages around this one. */
  next: string | null;
  previous: string | null;
  results: Result[];
}

const fallback = 10;
const maximumSize = 100;
/** Entries that are turned over to come to a page. */
const maximumOffset = 10_000;

/** Reads `page` and `page_size`. @throws HubError `invalid` for what is no number, and for a page too far back. */
export function readAskedPage(parameters: URLSearchParams): AskedPage {
  const page = numberIn(parameters, "page") ?? 1;
  const size = Math.min(numberIn(parameters, "page_size") ?? fallback, maximumSize);
  const offset = (page - 1) * size;
  if (offset > maximumOffset)
    throw new HubError(
      "invalid",
      `page ${page} of ${size} is behind the first ${maximumOffset.toLocaleString("en")}; ask for something narrower`,
    );
  return { page, size, offset };
}

/**
 * Puts a page of a list together.
 *
 * @param url of the request, with the origin that clients reach the hub at
 */
export function toHubList<Result>(
  url: URL,
  { page, size, offset }: AskedPage,
  count: number,
  results: Result[],
): HubList<Result> {
  const at = (number: number): string => {
    const there = new URL(url);
    there.searchParams.set("page", String(number));
    there.searchParams.set("page_size", String(size));
    return there.href;
  };
  const more = count > offset + size && offset + size <= maximumOffset;
  return { count, next: more ? at(page + 1) : null, previous: page > 1 ? at(page - 1) : null, results };
}
