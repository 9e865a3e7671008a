import type { Badge } from "../db/index.ts";
import { day } from "../platform/clock.ts";
import { isCategory } from "../shared/categories.ts";
import { updatedWithin, type FacetCount, type FacetName, type SearchFilters } from "./results.ts";

/** What a repository can be filtered by. */
export interface Facets {
  flags: number;
  /** Bits, by the place in `platforms`. */
  platforms: number;
  /** Slugs. */
  categories: readonly string[];
  /** Milliseconds since 1970. */
  updatedAt: number;
}

const flagBits = { official: 1, verified: 2, signed: 4, sbom: 8, deprecated: 16 } as const;
type Flag = keyof typeof flagBits;

/** Platforms that can be filtered by; their bits are in the index, so new ones come at the end. */
const platforms = [
  "linux/amd64",
  "linux/arm64",
  "linux/arm",
  "linux/386",
  "linux/ppc64le",
  "linux/s390x",
  "linux/riscv64",
  "linux/loong64",
  "linux/mips64le",
  "windows/amd64",
  "windows/arm64",
  "freebsd/amd64",
  "freebsd/arm64",
  "darwin/amd64",
  "darwin/arm64",
  "wasi/wasm",
] as const;

export function flagsOf(
  badge: Badge | null,
  more: Readonly<Record<"signed" | "sbom" | "deprecated", boolean>>,
): number {
  const set: Flag[] = (["signed", "sbom", "deprecated"] as const).filter((flag) => more[flag]);
  if (badge) set.push(badge);
  return set.reduce((bits, flag) => bits | flagBits[flag], 0);
}

export function hasFlag({ flags }: Pick<Facets, "flags">, flag: Flag): boolean {
  return (flags & flagBits[flag]) !== 0;
}

export function platformBits(found: readonly { os: string; architecture: string }[]): number {
  return found.reduce((bits, { os, architecture }) => {
    const place = (platforms as readonly string[]).indexOf(`${os}/${architecture}`);
    return place < 0 ? bits : bits | (1 << place);
  }, 0);
}

/** Such as `linux/arm64`. */
export function platformNames(bits: number): string[] {
  return platforms.filter((_, place) => (bits & (1 << place)) !== 0);
}

/** The month a time is in, counted from 1970. */
function monthOf(time: number): number {
  const date = new Date(time);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** The words that stand for a repository's facets in the index; they begin with `_`, which no word of a text does. */
export function facetWords(facets: Facets): string[] {
  const names = platformNames(facets.platforms);
  const flags = (Object.keys(flagBits) as Flag[]).filter((flag) => hasFlag(facets, flag));
  return [
    ...flags.map((flag) => `_${flag}`),
    ...partsOf(names, 0).map(systemWord),
    ...partsOf(names, 1).map(architectureWord),
    ...facets.categories.filter(isCategory).map(categoryWord),
    monthWord(monthOf(facets.updatedAt)),
  ];
}

const systemWord = (system: string) => `_os_${system}`;
const architectureWord = (architecture: string) => `_arch_${architecture}`;
const categoryWord = (slug: string) => `_c_${slug.replaceAll("-", "_")}`;
const monthWord = (month: number) => `_m${month}`;

/** What the index is asked for: of each list one word has to be there. Filters for what does not exist find nothing. */
export function filterWords(filters: SearchFilters, now: number): string[][] {
  const flags = (["official", "verified", "signed", "sbom"] as const).filter((flag) => filters[flag]);
  const months: string[] = [];
  if (filters.updatedWithin !== undefined)
    for (let month = monthOf(now - filters.updatedWithin * day); month <= monthOf(now); month += 1)
      months.push(monthWord(month));
  return [
    ...flags.map((flag) => [`_${flag}`]),
    ...(filters.systems ?? []).map((system) => [plain(systemWord(system))]),
    ...(filters.architectures ?? []).map((architecture) => [plain(architectureWord(architecture))]),
    ...(filters.categories ?? []).map((slug) => [plain(categoryWord(slug))]),
    ...(months.length > 0 ? [months] : []),
  ];
}

/** Filters come from addresses, and may be anything. */
const plain = (word: string) => word.replaceAll(/[^a-z0-9_]/g, "_");

/** Whether a repository meets the filters. The index is asked by words, to the month; this is exact. */
export function meets(facets: Facets, filters: SearchFilters, now: number): boolean {
  const names = platformNames(facets.platforms);
  return (
    (["official", "verified", "signed", "sbom"] as const).every(
      (flag) => !filters[flag] || hasFlag(facets, flag),
    ) &&
    (filters.systems ?? []).every((system) => partsOf(names, 0).includes(system)) &&
    (filters.architectures ?? []).every((each) => partsOf(names, 1).includes(each)) &&
    (filters.categories ?? []).every((slug) => facets.categories.includes(slug)) &&
    (filters.updatedWithin === undefined || facets.updatedAt >= now - filters.updatedWithin * day)
  );
}

/** How many of these have each value; what none has is left out. */
export function countFacets(found: readonly Facets[], now: number): Record<FacetName, FacetCount[]> {
  const flag = (name: Flag) => counted(found.flatMap((each) => (hasFlag(each, name) ? ["true"] : [])));
  return {
    official: flag("official"),
    verified: flag("verified"),
    signed: flag("signed"),
    sbom: flag("sbom"),
    os: counted(found.flatMap((each) => partsOf(platformNames(each.platforms), 0))),
    architecture: counted(found.flatMap((each) => partsOf(platformNames(each.platforms), 1))),
    category: counted(found.flatMap(({ categories }) => categories)),
    updated: updatedWithin
      .map((days) => ({
        value: String(days),
        count: found.filter(({ updatedAt }) => updatedAt >= now - days * day).length,
      }))
      .filter(({ count }) => count > 0),
  };
}

/** Values with how often each is there, the most frequent first. */
function counted(values: readonly string[]): FacetCount[] {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
}

/** The systems (0) or architectures (1) of platforms, each once. */
function partsOf(names: readonly string[], part: 0 | 1): string[] {
  return [...new Set(names.map((name) => name.split("/")[part] ?? ""))];
}
