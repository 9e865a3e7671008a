import type { Badge, Visibility } from "../db/index.ts";
import { wordsOfCategory } from "./category-words.ts";
import { facetWords, flagsOf, hasFlag, platformBits, type Facets } from "./facets.ts";
import type { DocumentRow } from "./index-tables.ts";
import { popularityOf, rankOf, type Use } from "./popularity.ts";
import { gramsOf, indexedWords, squeeze } from "./words.ts";

/** A repository as the index and ranking see it. */
export interface RepositoryDocument extends Facets, Use {
  id: number;
  name: string;
  description: string;
}

/** What the main database says of a repository. Counts are steps (popularity.ts). */
export interface SourceRow extends Use {
  id: number;
  name: string;
  visibility: Visibility;
  description: string;
  /** JSON array of slugs. */
  categories: string;
  badge: Badge | null;
  deprecated: 0 | 1;
  /** Milliseconds since 1970. */
  updatedAt: number;
}

/** What the images of a repository are. */
export interface ImageFacts {
  platforms: { os: string; architecture: string }[];
  signed: boolean;
  sbom: boolean;
}

const noImages: ImageFacts = { platforms: [], signed: false, sbom: false };

export function documentOf(
  row: SourceRow,
  { platforms, signed, sbom }: ImageFacts = noImages,
): RepositoryDocument {
  const { id, name, description, badge, recent, pulls, stars, updatedAt } = row;
  return {
    id,
    name,
    description,
    flags: flagsOf(badge, { signed, sbom, deprecated: row.deprecated === 1 }),
    platforms: platformBits(platforms),
    categories: JSON.parse(row.categories) as string[],
    recent,
    pulls,
    stars,
    updatedAt,
  };
}

/** The parts of a name: `acme/tools/web` is `web` of `acme`, below `tools`. */
export function partsOfName(name: string): { namespace: string; short: string } {
  const parts = name.split("/");
  return { namespace: parts.length > 1 ? (parts[0] ?? "") : "", short: parts.at(-1) ?? "" };
}

/** What the index keeps of a document: a row, and words beside it. */
export type IndexEntry = DocumentRow & { words: string; nameWords: string; grams: string };

export function entryOf(document: RepositoryDocument): IndexEntry {
  const { id, name, description, flags, platforms, categories, recent, pulls, stars, updatedAt } = document;
  const { short } = partsOfName(name);
  const squeezed = squeeze(short);
  const nameWords = distinct([squeezed, ...indexedWords(name)]);
  const labels = categories.flatMap(wordsOfCategory);
  return {
    rank: rankOf(standingOf(document), id),
    repository_id: id,
    name,
    short: squeezed,
    description,
    flags,
    platforms,
    categories: JSON.stringify(categories),
    recent,
    pulls,
    stars,
    updated_at: updatedAt,
    words: distinct([...nameWords, ...indexedWords(description), ...labels, ...facetWords(document)]).join(
      " ",
    ),
    nameWords: nameWords.join(" "),
    grams: distinct(distinct([squeezed, ...indexedWords(short)]).flatMap(gramsOf)).join(" "),
  };
}

/** Columns of a document that are read, in the order of `ReadDocument`. */
export const documentColumns = [
  "repository_id",
  "name",
  "description",
  "flags",
  "platforms",
  "categories",
  "recent",
  "pulls",
  "stars",
  "updated_at",
] as const satisfies readonly (keyof DocumentRow)[];

export type ReadDocument = readonly [
  id: number,
  name: string,
  description: string,
  flags: number,
  platforms: number,
  categories: string,
  recent: number,
  pulls: number,
  stars: number,
  updatedAt: number,
];

export function documentFrom(row: ReadDocument): RepositoryDocument {
  const [id, name, description, flags, platforms, categories, recent, pulls, stars, updatedAt] = row;
  return {
    id,
    name,
    description,
    flags,
    platforms,
    categories: JSON.parse(categories) as string[],
    recent,
    pulls,
    stars,
    updatedAt,
  };
}

/** How a repository stands whatever is looked for, from 0 to 1: what few people want comes late in the index. */
function standingOf(document: RepositoryDocument): number {
  const vouched = hasFlag(document, "official") ? 0.3 : hasFlag(document, "verified") ? 0.12 : 0;
  const standing = Math.min(1, 0.7 * popularityOf(document) + vouched);
  return hasFlag(document, "deprecated") ? standing / 2 : standing;
}

function distinct(words: readonly string[]): string[] {
  return [...new Set(words)];
}
