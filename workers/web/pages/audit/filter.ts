import { z } from "zod";
import type { EntryFilter } from "../../../audit/index.ts";
import { day } from "../../../platform/clock.ts";
import * as fields from "../../fields.ts";

const date = z.iso.date().optional().catch(undefined);

/** What a log is narrowed by, as the address of its page has it. Days are those of UTC. */
export const logQuery = z.strictObject({
  actor: fields.optionalText(200),
  action: fields.optionalText(100),
  target: fields.optionalText(400),
  since: date,
  /** With this day. */
  until: date,
  /** Id of the last entry of the page before; 0: from the newest. */
  before: z.coerce.number().int().nonnegative().default(0),
});

export type LogQuery = z.output<typeof logQuery>;

export function filterOf({ actor, action, target, since, until }: LogQuery): EntryFilter {
  return {
    actorName: actor,
    action,
    target,
    since: since === undefined ? undefined : Date.parse(since),
    until: until === undefined ? undefined : Date.parse(until) + day,
  };
}
