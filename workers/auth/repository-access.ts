import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import { decide, type Principal } from "./access.ts";
import type { AuthContext } from "./context.ts";
import { describeRefusal } from "./refusals.ts";
import type { RepositoryAction } from "./scopes.ts";
import { standingsOf, type FoundRepository } from "./standings.ts";

/** A repository that is there. */
export type PresentRepository = FoundRepository & { id: number; visibility: "public" | "private" };

/**
 * The repository of this name, or of this old name, for somebody who may do this to it. One statement.
 *
 * @throws HubError `not-found` to who may neither do it nor pull, as when there is none; `denied` to somebody who may pull, but not this.
 */
export async function requireRepository(
  context: Pick<AuthContext, "db" | "clock">,
  actor: Principal,
  name: string,
  action: RepositoryAction,
): Promise<PresentRepository> {
  const found = isRepositoryName(name) ? (await standingsOf(context, actor, [name])).get(name) : undefined;
  const now = context.clock.now();
  const decision = found && decide(actor, found, action, now);
  // A token may be for this and not for reading, such as one that writes READMEs.
  if (found && isPresent(found) && decision?.allow) return found;
  if (!decision || decision.allow || !isPresent(found) || !decide(actor, found, "pull", now).allow)
    throw new HubError("not-found", `there is no repository ${name.slice(0, 300)}, or it is not for you`, {
      detail: { repository: name.slice(0, 300) },
    });
  throw new HubError(
    "denied",
    describeRefusal(
      actor.kind === "anonymous" ? undefined : actor.name,
      found.name,
      action,
      decision.reason,
      true,
    ),
    { detail: { reason: decision.reason } },
  );
}

function isPresent(repository: FoundRepository): repository is PresentRepository {
  return repository.id !== undefined;
}
