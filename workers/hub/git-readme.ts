import { decide, requireRepository, type Principal } from "../auth/index.ts";
import { minute } from "../platform/clock.ts";
import { describeError, log } from "../platform/log.ts";
import { HubError } from "../shared/errors.ts";
import { pinSource, readColumns } from "./change-profile.ts";
import type { HubContext } from "./context.ts";
import { fetchReadme } from "./git-source.ts";
import { render, writeReadme } from "./readmes.ts";

/** Of one repository, whoever asks and whatever is pushed. Each fetch asks a forge up to three times. */
const limit = { burst: 10, every: minute, of: "READMEs fetched" };

/**
 * Links the README of a repository to its source: it is taken from the git repository there, now and with each later push of the image
 * that people get who name no tag, until another is written or it is removed. From then on no image says where the source is.
 *
 * @returns the source
 * @throws HubError `invalid` when the source is not set, or at no forge that is known; `not-found`; `denied` to who may not do `metadata`;
 *   `too-large`; `too-many`; `unavailable`; `conflict` when somebody else changed the profile at the same moment.
 */
export async function takeGitReadme(context: HubContext, actor: Principal, name: string): Promise<string> {
  const found = await requireRepository(context.auth, actor, name, "metadata");
  const { row, updatedAt } = await readColumns(context, found.id);
  const reads = decide(actor, found, "pull", context.clock.now()).allow;
  const source = await fetchFor(context, found.id, row.source_url, name).catch((error: unknown) => {
    throw reads || !(error instanceof HubError) || error.kind === "too-many" ? error : notToldWhy(name);
  });
  await pinSource(context, found, row, updatedAt);
  await writeReadme(context, actor, name, source.text, "linked");
  return source.url;
}

async function fetchFor(
  context: HubContext,
  id: number,
  url: string | null,
  name: string,
): Promise<{ url: string; text: string }> {
  if (url === null)
    throw new HubError("invalid", `${name} does not say where its source is; set it first`, {
      detail: { field: "source_url" },
    });
  // Of all together who may write it: the actor may be a token that nobody counts.
  await spend(context, id);
  return { url, text: await fetchReadme(url, context.fetch) };
}

async function spend({ auth, clock }: HubContext, id: number): Promise<void> {
  await auth.attempts.spend(`git readme of ${id}`, limit, clock.now());
}

/** A token may write what is said of a private repository and not read it: then it learns neither the source nor what is there. */
function notToldWhy(name: string): HubError {
  return new HubError(
    "invalid",
    `the README of ${name} cannot be taken from its source; set the source anew, or ask with a token that may pull too to be told why`,
    { detail: { field: "source_url" } },
  );
}

/** Takes a README that is linked to its source again. Where that fails, the one that is there stays. */
export async function refreshGitReadme(context: HubContext, id: number): Promise<void> {
  const { row } = await readColumns(context, id);
  if (row.source_url === null || !(JSON.parse(row.written) as string[]).includes("source_url")) return;
  try {
    // Whoever may push could have forges asked without end.
    await spend(context, id);
    const source = await fetchReadme(row.source_url, context.fetch);
    if (source.trim() === "") return;
    await context.db.query
      .updateTable("readmes")
      .set({ ...(await render(context, source, row.source_url)), source, updated_at: context.clock.now() })
      .where("repository_id", "=", id)
      // Not in the place of one that somebody has written meanwhile.
      .where("linked", "=", 1)
      .where("source", "!=", source)
      .execute();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    log("info", "a README was not taken from its git repository again", { id, ...describeError(error) });
  }
}
