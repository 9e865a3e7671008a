import { z } from "zod";
import { endpointWith, requireRepository, type AuthContext } from "../auth/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";
import { listStars } from "./my-stars.ts";
import { beginOf } from "./pull-days.ts";
import { mostPullDays, readPulls } from "./pulls.ts";
import { listStargazers, readStars, star, unstar } from "./stars.ts";

const endpoint = endpointWith<{ hub: HubContext; auth: AuthContext }>();

const path = "/api/v1/repositories/:name{.+}/-";
const params = z.strictObject({ name: z.string() });
const dayOfPulls = z.object({ day: z.string(), pulls: z.number() });
const stargazer = z.object({ user: z.string(), starred_at: timeField });
const starred = z.object({
  name: z.string(),
  visibility: z.enum(["public", "private"]),
  description: z.string(),
  pulls: z.number(),
  stars: z.number(),
  deprecated: z.boolean(),
  starred_at: timeField,
});

/** How much a repository is pulled, and who stars it. */
export const countEndpoints = [
  endpoint({
    method: "GET",
    path: `${path}/pulls`,
    operation: "getPulls",
    summary: "Tells how often a repository was pulled, in all and on each of the last days (UTC).",
    tag: "Repositories",
    access: "visitor",
    scope: "pull",
    params,
    query: z.strictObject({ days: z.string().max(10).default("30") }),
    answer: { status: 200, schema: z.object({ total: z.number(), days: z.array(dayOfPulls) }) },
    run: async ({ context, actor, params, query }) => {
      const days = readDays(query.days);
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const series = await readPulls(context.hub, found, days);
      return {
        total: series.total,
        days: series.days.map(({ day, pulls }) => ({ day: dateOf(day), pulls })),
      };
    },
  }),
  endpoint({
    method: "GET",
    path: `${path}/stars`,
    operation: "listStargazers",
    summary: "Lists who starred a repository, the latest first.",
    tag: "Repositories",
    access: "visitor",
    scope: "pull",
    params,
    paged: 100,
    answer: { status: 200, schema: z.object({ stars: z.number(), people: z.array(stargazer) }) },
    run: async ({ context, actor, params, page, more }) => {
      const found = await requireRepository(context.auth, actor, params.name, "pull");
      const [{ stars }, { people, next }] = await Promise.all([
        readStars(context.hub, actor, found),
        listStargazers(context.hub, found, page),
      ]);
      if (next !== undefined) more(next);
      return { stars, people: people.map(({ name, starredAt }) => ({ user: name, starred_at: starredAt })) };
    },
  }),
  endpoint({
    method: "PUT",
    path: `${path}/star`,
    operation: "starRepository",
    summary: "Stars a repository.",
    tag: "Repositories",
    access: "read",
    scope: "account",
    params,
    answer: { status: 204 },
    run: async ({ context, actor, params }) => star(context.hub, actor, params.name),
  }),
  endpoint({
    method: "DELETE",
    path: `${path}/star`,
    operation: "unstarRepository",
    summary: "Takes the star back.",
    tag: "Repositories",
    access: "read",
    scope: "account",
    params,
    answer: { status: 204 },
    run: async ({ context, actor, params }) => unstar(context.hub, actor, params.name),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/me/stars",
    operation: "listMyStars",
    summary: "Lists the repositories that the caller starred and may pull from, the latest star first.",
    tag: "Account",
    access: "user",
    scope: "account",
    paged: 100,
    answer: { status: 200, schema: z.object({ repositories: z.array(starred) }) },
    run: async ({ context, actor, page, more }) => {
      const { repositories, next } = await listStars(context.hub, actor, page);
      if (next !== undefined) more(next);
      return {
        repositories: repositories.map(({ starredAt, ...row }) => ({ ...row, starred_at: starredAt })),
      };
    },
  }),
];

/** @throws HubError `invalid` */
function readDays(text: string): number {
  const days = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (days < 1 || days > mostPullDays)
    throw new HubError("invalid", `days=${text} is not a whole number from 1 to ${mostPullDays}`, {
      detail: { days: text },
    });
  return days;
}

/** Such as 2026-11-23. */
function dateOf(day: number): string {
  return new Date(beginOf(day)).toISOString().slice(0, 10);
}
