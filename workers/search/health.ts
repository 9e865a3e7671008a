import { backlogOf, type HealthPart } from "../hub/index.ts";
import { describeError, log } from "../platform/log.ts";
import type { SearchContext } from "./context.ts";
import { searchStatus } from "./maintenance.ts";

const name = "Search index";

/** How the index is, for whoever looks after the hub. It is a database of its own: that it does not answer is one of the things to say. */
export async function searchHealth(context: SearchContext): Promise<HealthPart> {
  try {
    const { waiting, waitingSince } = await searchStatus(context);
    return backlogOf(name, waiting, waitingSince, context.clock.now());
  } catch (error) {
    log("error", "the search index does not answer", describeError(error));
    return { name, state: "wrong", says: "It does not answer; the log says why." };
  }
}
