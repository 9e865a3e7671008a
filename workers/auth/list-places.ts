import { HubError } from "../shared/errors.ts";
import type { AuthContext } from "./context.ts";

/** As long as the longest place: the length of what is sealed tells nothing either. */
const length = 64;

/**
 * A place in a list, to be given back for the rest of it. What stands there may not be for whoever is shown the list: so it tells nothing.
 *
 * @param list what the place is in
 */
export async function sealPlace(
  { secret }: Pick<AuthContext, "secret">,
  list: string,
  place: string,
): Promise<string> {
  return secret.seal(`place in ${list}`, place.padEnd(length));
}

/** The place that was sealed; "" for the beginning of the list. @throws HubError `invalid` for what this hub did not seal. */
export async function openPlace(
  { secret }: Pick<AuthContext, "secret">,
  list: string,
  sealed: string,
): Promise<string> {
  if (sealed === "") return "";
  try {
    return (await secret.open(`place in ${list}`, sealed)).trimEnd();
  } catch (cause) {
    throw new HubError(
      "invalid",
      `last=${sealed.slice(0, 40)} is no place in this list; take it from the page before`,
      { cause },
    );
  }
}
