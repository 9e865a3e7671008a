import { z } from "zod";
import {
  anonymous,
  endpointWith,
  viewerOf,
  type AuthContext,
  type Principal,
  type Viewer,
} from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import type { SearchContext } from "./context.ts";
import { searchStatus, startRebuild } from "./maintenance.ts";
import { sorts, updatedWithin, type SearchHit, type Suggestion, type UpdatedWithin } from "./results.ts";
import { searchRepositories } from "./search.ts";
import { suggestRepositories } from "./suggest.ts";

const endpoint = endpointWith<{ auth: AuthContext; search: SearchContext }>();

const suggestion = z.object({
  name: z.string(),
  visibility: z.enum(["public", "private"]),
  description: z.string(),
  badge: z.enum(["official", "verified"]).nullable(),
  pulls: z.int(),
  stars: z.int(),
  deprecated: z.boolean(),
});
const found = suggestion.extend({
  updated_at: timeField,
  platforms: z.array(z.string()),
  categories: z.array(z.string()),
  signed: z.boolean(),
  sbom: z.boolean(),
  successor: z.string().nullable(),
});
const counts = z.array(z.object({ value: z.string(), count: z.int() }));
const results = z.object({
  results: z.array(found),
  total: z.int(),
  at_least: z.boolean(),
  next: z.int().nullable(),
  did_you_mean: z.string().nullable(),
  cut: z.boolean(),
  facets: z.object({
    official: counts,
    verified: counts,
    architecture: counts,
    os: counts,
    category: counts,
    signed: counts,
    sbom: counts,
    updated: counts,
  }),
});

const number = z
  .string()
  .regex(/^\d{1,6}$/, "a number")
  .transform(Number)
  .optional();
const yes = z.enum(["true", "false"]).optional();
/** Several with commas between. */
const list = z
  .string()
  .max(200)
  .transform((text) => text.split(",").filter(Boolean))
  .optional();
const days = updatedWithin.map(String) as [string, ...string[]];

export const searchEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/search",
    operation: "searchRepositories",
    summary: "Finds repositories, the best first. Each filter leaves those that meet it.",
    tag: "Search",
    access: "anybody",
    query: z.strictObject({
      q: z.string().default(""),
      official: yes,
      verified: yes,
      signed: yes,
      sbom: yes,
      architecture: list,
      os: list,
      category: list,
      updated_within: z
        .enum(days)
        .transform((text) => Number(text) as UpdatedWithin)
        .optional(),
      sort: z.enum(sorts).optional(),
      offset: number,
      limit: number,
    }),
    answer: { status: 200, schema: results },
    run: async ({ context, actor, query }) => {
      const answer = await searchRepositories(context.search, viewerFor(actor), {
        text: query.q,
        filters: {
          official: query.official === "true",
          verified: query.verified === "true",
          signed: query.signed === "true",
          sbom: query.sbom === "true",
          architectures: query.architecture,
          systems: query.os,
          categories: query.category,
          updatedWithin: query.updated_within,
        },
        sort: query.sort,
        offset: query.offset,
        limit: query.limit,
      });
      const { hits, total, facets, cut } = answer;
      return {
        results: hits.map(shapeHit),
        total,
        facets,
        cut,
        at_least: answer.atLeast,
        next: answer.next ?? null,
        did_you_mean: answer.didYouMean ?? null,
      };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/search/suggestions",
    operation: "suggestRepositories",
    summary: "Completes the name of a repository: eight at most, the best first.",
    tag: "Search",
    access: "anybody",
    query: z.strictObject({ q: z.string().default("") }),
    answer: { status: 200, schema: z.object({ suggestions: z.array(suggestion) }) },
    run: async ({ context, actor, query }): Promise<{ suggestions: Suggestion[] }> => ({
      suggestions: await suggestRepositories(context.search, viewerFor(actor), query.q),
    }),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/search/index",
    operation: "getSearchIndex",
    summary: "Says how far the search index is behind, and how far a rebuild is.",
    tag: "Search",
    access: "administrator",
    scope: "administration",
    answer: {
      status: 200,
      schema: z.object({
        documents: z.int(),
        waiting: z.int(),
        waiting_since: timeField.nullable(),
        built_at: timeField.nullable(),
        rebuild: z.number().nullable(),
      }),
    },
    run: async ({ context }) => {
      const { waitingSince, builtAt, ...status } = await searchStatus(context.search);
      return { ...status, waiting_since: waitingSince, built_at: builtAt };
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/search/index/rebuild",
    operation: "rebuildSearchIndex",
    summary: "Makes the search index anew from the main database, beside the one that is searched meanwhile.",
    tag: "Search",
    access: "administrator",
    scope: "administration",
    answer: { status: 204 },
    run: async ({ context, actor }) => startRebuild(context.search, actor),
  }),
];

/** A token that may not pull sees what everybody sees. */
function viewerFor(actor: Principal): Viewer {
  const viewer = viewerOf(actor) ?? viewerOf(anonymous);
  if (!viewer) throw new Error("everybody may look at what is public");
  return viewer;
}

function shapeHit({ updatedAt, ...hit }: SearchHit) {
  return { ...hit, updated_at: updatedAt };
}
