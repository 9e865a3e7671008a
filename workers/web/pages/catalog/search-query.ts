import { z } from "zod";
import { sorts, updatedWithin, type SearchFilters, type SearchSort } from "../../../search/index.ts";

/** Several values of one filter stand in the address with commas between. */
const list = z
  .string()
  .max(200)
  .default("")
  .transform((text) => text.split(",").filter(Boolean).slice(0, 10));
const flag = z
  .literal("true")
  .optional()
  .transform((value) => value === "true");

/** What stands in the address of a search: all that the page depends on. */
export const searchQuery = z.strictObject({
  // However long: the search says what it looks at.
  q: z.string().default(""),
  official: flag,
  verified: flag,
  signed: flag,
  sbom: flag,
  arch: list,
  os: list,
  category: list,
  updated: z
    .enum(updatedWithin.map(String))
    .optional()
    .transform((days) => updatedWithin.find((each) => String(each) === days)),
  sort: z.enum(sorts).optional(),
  from: z.coerce.number().int().min(0).max(10_000).default(0),
});

export type SearchAddress = z.output<typeof searchQuery>;

export function filtersOf(address: SearchAddress): SearchFilters {
  const { official, verified, signed, sbom, arch, os, category, updated } = address;
  return {
    ...(official && { official }),
    ...(verified && { verified }),
    ...(signed && { signed }),
    ...(sbom && { sbom }),
    ...(arch.length > 0 && { architectures: arch }),
    ...(os.length > 0 && { systems: os }),
    ...(category.length > 0 && { categories: category }),
    ...(updated !== undefined && { updatedWithin: updated }),
  };
}

/** What a list without words is sorted by: there is nothing that it could be relevant to. */
export function sortOf({ q, sort }: Pick<SearchAddress, "q" | "sort">): SearchSort {
  return sort ?? (q.trim() === "" ? "pulls" : "relevance");
}

/** The address with one value of a filter put in or taken out; from the first page on. */
export function toggled(
  { pathname, searchParams }: URL,
  name: string,
  value: string,
  several: boolean,
): string {
  const query = new URLSearchParams(searchParams);
  query.delete("from");
  const values = (query.get(name) ?? "").split(",").filter(Boolean);
  const others = values.filter((each) => each !== value);
  const left = others.length < values.length ? others : [...(several ? values : []), value];
  if (left.length === 0) query.delete(name);
  else query.set(name, left.join(","));
  return addressOf(pathname, query);
}

/** The address with one parameter set to something else. */
export function changed({ pathname, searchParams }: URL, name: string, value: string | undefined): string {
  const query = new URLSearchParams(searchParams);
  query.delete("from");
  if (value === undefined) query.delete(name);
  else query.set(name, value);
  return addressOf(pathname, query);
}

/** Commas stand in the query as they are (RFC 3986, section 3.4). */
function addressOf(pathname: string, query: URLSearchParams): string {
  const text = query.toString().replaceAll("%2C", ",");
  return text === "" ? pathname : `${pathname}?${text}`;
}
