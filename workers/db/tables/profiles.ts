import type { Generated } from "kysely";

export interface RepositoryProfilesTable {
  repository_id: number;
  description: Generated<string>;
  /** JSON array of slugs (shared/categories.ts). */
  categories: Generated<string>;
  /** Milliseconds since 1970; null: it is kept up. */
  deprecated_at: Generated<number | null>;
  successor_id: Generated<number | null>;
  source_url: Generated<string | null>;
  licenses: Generated<string | null>;
  /** JSON array: which of description, source_url and licenses a person wrote. */
  written: Generated<string>;
  updated_at: number;
}

/** Where a README came from: written by people, taken from an annotation of the image, or from the git repository. */
export type ReadmeOrigin = "written" | "annotation" | "git";

export interface ReadmesTable {
  repository_id: number;
  /** Markdown. */
  source: string;
  /** Sanitised. */
  html: string;
  /** What made the html of the source; "": it is made again. */
  renderer: string;
  /** 1: has images from the web. */
  images: Generated<0 | 1>;
  origin: ReadmeOrigin;
  /** 1: taken from the source of the repository again with each push. */
  linked: Generated<0 | 1>;
  updated_at: number;
}
