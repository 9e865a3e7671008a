import { z } from "zod";
import { shapeEntry, type EntryFilter } from "../audit/index.ts";
import { timeInput } from "../platform/endpoint-fields.ts";
import type { Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import { cut, endpoint, inOrganization, oneMore } from "./endpoint.ts";
import {
  exportOrganizationLog,
  exportOwnLog,
  readOrganizationLog,
  readOwnLog,
  type LogPage,
} from "./logs.ts";

const filter = z.strictObject({
  /** A name, as it was then. */
  actor: z.string().max(200).optional(),
  /** Such as `team.create`; `team` is all of them that begin so. */
  action: z.string().max(100).optional(),
  target: z.string().max(400).optional(),
  /** Not before. */
  since: timeInput.optional(),
  /** Before. */
  until: timeInput.optional(),
});

const entry = z.object({
  id: z.int(),
  at: z.iso.datetime(),
  /** `user:<id>`, `token:<id>` of a machine, or `anonymous`. */
  actor: z.string(),
  actor_name: z.string(),
  action: z.string(),
  target: z.string(),
  /** The access token that was used; null: none, in the browser. */
  token_id: z.string().nullable(),
  address: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
});
const entries = z.object({ entries: z.array(entry) });

const jsonLines = "application/x-ndjson";

/** Who did what, in an organization and to one's own account. */
export const logEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/audit",
    operation: "listOrganizationLog",
    summary: "Lists what happened in an organization, the newest first.",
    tag: "Audit log",
    access: "owner",
    scope: "account",
    params: inOrganization,
    query: filter,
    paged: 100,
    answer: { status: 200, schema: entries },
    run: async ({ context, actor, params, query, page, more }) => {
      const found = await readOrganizationLog(
        context.organizations,
        actor,
        params.organization,
        filterOf(query),
        before(oneMore(page)),
      );
      return { entries: cut(found, page, more, ({ id }) => String(id)).map(shapeEntry) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/audit.jsonl",
    operation: "exportOrganizationLog",
    summary: "Gives all of it as lines of JSON, the newest first.",
    tag: "Audit log",
    access: "owner",
    scope: "account",
    params: inOrganization,
    query: filter,
    answer: { status: 200, stream: jsonLines },
    run: async ({ context, actor, params, query }) =>
      exportOrganizationLog(context.organizations, actor, params.organization, filterOf(query)),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/me/audit",
    operation: "listOwnLog",
    summary: "Lists what happened to one's own account, the newest first.",
    tag: "Audit log",
    access: "user",
    scope: "account",
    query: filter,
    paged: 100,
    answer: { status: 200, schema: entries },
    run: async ({ context, actor, query, page, more }) => {
      const found = await readOwnLog(context.organizations, actor, filterOf(query), before(oneMore(page)));
      return { entries: cut(found, page, more, ({ id }) => String(id)).map(shapeEntry) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/me/audit.jsonl",
    operation: "exportOwnLog",
    summary: "Gives all of it as lines of JSON, the newest first.",
    tag: "Audit log",
    access: "user",
    scope: "account",
    query: filter,
    answer: { status: 200, stream: jsonLines },
    run: ({ context, actor, query }) => exportOwnLog(context.organizations, actor, filterOf(query)),
  }),
];

function filterOf({ actor, ...rest }: z.output<typeof filter>): EntryFilter {
  return { actorName: actor, ...rest };
}

function before({ limit, last }: Page): LogPage {
  if (!/^\d{0,15}$/.test(last))
    throw new HubError(
      "invalid",
      `last=${last.slice(0, 40)} is no entry; take it from the Link header of the page before`,
    );
  return { before: Number(last), limit };
}
