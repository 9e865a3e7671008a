import { searchRepositories, type SearchContext, type SearchHit } from "../search/index.ts";
import type { Viewer } from "../auth/index.ts";
import { HubError } from "../shared/errors.ts";

/** What `docker search` asks for without `--limit`, and the most it takes. */
const fallback = 25;
const maximum = 100;
/** Nobody turns further; what is further back is found by better words. */
const maximumPage = 40;

/** The answer of `/v1/search` (Docker Registry HTTP API v1, "Search"), as docker and podman read it. */
export interface RegistrySearch {
  query: string;
  num_results: number;
  num_pages: number;
  page: number;
  page_size: number;
  results: {
    name: string;
    description: string;
    star_count: number;
    is_official: boolean;
    is_automated: boolean;
  }[];
}

/**
 * Searches the way `docker search` asks: `q`, `n` from 1 to 100 and, of other clients, `page` from 1.
 *
 * @throws HubError `invalid` for a number that is none.
 */
export async function searchAsRegistry(
  search: SearchContext,
  viewer: Viewer,
  parameters: URLSearchParams,
): Promise<RegistrySearch> {
  const text = parameters.get("q") ?? "";
  const limit = Math.min(numberIn(parameters, "n") ?? fallback, maximum);
  const page = Math.min(numberIn(parameters, "page") ?? 1, maximumPage);
  const offset = (page - 1) * limit;
  const { hits, total } = await searchRepositories(search, viewer, { text, offset, limit });
  return {
    query: text,
    num_results: total,
    num_pages: Math.ceil(total / limit),
    page,
    page_size: limit,
    results: hits.map(toResult),
  };
}

function toResult({ name, description, stars, badge }: SearchHit): RegistrySearch["results"][number] {
  return {
    name,
    description,
    star_count: stars,
    is_official: badge === "official",
    is_automated: false,
  };
}

/** A whole number from 1 on; undefined when it is not given. @throws HubError `invalid` */
export function numberIn(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name);
  if (text === null || text === "") return undefined;
  if (!/^\d{1,9}$/.test(text) || Number(text) === 0)
    throw new HubError("invalid", `${name}=${text.slice(0, 40)} is not a whole number from 1 on`);
  return Number(text);
}
