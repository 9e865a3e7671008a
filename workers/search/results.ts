import type { Visibility } from "../db/index.ts";

/** What somebody looks for. Filters narrow one another: a repository is found that meets all of them. */
export interface SearchQuery {
  /** As it was typed, whatever it holds. Empty: everything, the most popular first. */
  text: string;
  filters?: SearchFilters | undefined;
  /** `relevance` unless told. */
  sort?: SearchSort | undefined;
  /** How many to leave out from the front; 0 unless told. */
  offset?: number | undefined;
  /** How many to give, at most 100; 25 unless told. */
  limit?: number | undefined;
}

export interface SearchFilters {
  official?: boolean | undefined;
  verified?: boolean | undefined;
  /** Of images, as Go calls them: `arm64`. It has to have all of these. */
  architectures?: readonly string[] | undefined;
  /** `linux`, `windows`. */
  systems?: readonly string[] | undefined;
  /** Slugs (shared/categories.ts). */
  categories?: readonly string[] | undefined;
  signed?: boolean | undefined;
  sbom?: boolean | undefined;
  /** Pushed to within this many days. */
  updatedWithin?: UpdatedWithin | undefined;
}

export const sorts = ["relevance", "pulls", "stars", "updated", "name"] as const;
export type SearchSort = (typeof sorts)[number];

/** In days. */
export const updatedWithin = [7, 30, 90, 365] as const;
export type UpdatedWithin = (typeof updatedWithin)[number];

/** A repository that was found, as it is now. */
export interface SearchHit {
  id: number;
  name: string;
  visibility: Visibility;
  description: string;
  badge: "official" | "verified" | null;
  pulls: number;
  stars: number;
  /** Milliseconds since 1970: of the last push; of its making, when nothing was pushed. */
  updatedAt: number;
  /** Such as `linux/arm64`. */
  platforms: string[];
  /** Slugs. */
  categories: string[];
  signed: boolean;
  sbom: boolean;
  deprecated: boolean;
  /** Name of the repository to use in its place; null also when that is not for this viewer. */
  successor: string | null;
}

/** How many of the repositories that were looked at have each value. */
export interface FacetCount {
  value: string;
  count: number;
}

export type FacetName =
  | "official"
  | "verified"
  | "architecture"
  | "os"
  | "category"
  | "signed"
  | "sbom"
  | "updated";

export interface SearchResults {
  hits: SearchHit[];
  /** How many there are, as far as was looked. */
  total: number;
  /** There may be more than `total`, and than the facets count. */
  atLeast: boolean;
  offset: number;
  limit: number;
  /** Offset of the next page; undefined on the last. */
  next: number | undefined;
  /** What each further filter would leave: of boolean facets the value "true". */
  facets: Record<FacetName, FacetCount[]>;
  /** The text that was probably meant, when little was found. */
  didYouMean: string | undefined;
  /** The text was longer than what is looked at; the end was left out. */
  cut: boolean;
}

/** One line below the search box. */
export type Suggestion = Pick<
  SearchHit,
  "name" | "visibility" | "description" | "badge" | "pulls" | "stars" | "deprecated"
>;
