import { z } from "zod";
import { endpointWith, type AuthContext } from "../auth/index.ts";
import type { Page } from "../platform/pagination.ts";
import type { OrganizationsContext } from "./context.ts";

/** Declares the endpoints of this domain. */
export const endpoint = endpointWith<{ auth: AuthContext; organizations: OrganizationsContext }>();

/** Parameters of paths. */
export const inOrganization = z.strictObject({ organization: z.string() });
export const inTeam = z.strictObject({ organization: z.string(), team: z.string() });

export const organizationRole = z.enum(["owner", "maintainer", "member", "guest"]);
export const repositoryRole = z.enum(["read", "triage", "write", "admin"]);

/** No name of a user, a team or an organization is longer. */
export const nameInput = z.string().min(1).max(64);

/** A page that is read one entry further than it is shown, to know whether there is another. */
export function oneMore({ limit, last }: Page): Page {
  return { limit: limit + 1, last };
}

/** Cuts off what was read too far, and says so. */
export function cut<Entry>(
  entries: readonly Entry[],
  { limit }: Page,
  more: (last: string) => void,
  keyOf: (entry: Entry) => string,
): Entry[] {
  const shown = entries.slice(0, limit);
  const last = shown.at(-1);
  if (last && entries.length > limit) more(keyOf(last));
  return shown;
}
