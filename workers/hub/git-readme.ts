import { requireRepository, type Principal } from "../auth/index.ts";
import { minute } from "../platform/clock.ts";
import { describeError, log } from "../platform/log.ts";
import { HubError } from "../shared/errors.ts";
import { pinSource, readColumns } from "./change-profile.ts";
import type { HubContext } from "./context.ts";
import { fetchReadme } from "./git-source.ts";
import { render, writeReadme } from "./readmes.ts";

/** Each fetch asks a forge up to three times. */
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
  if (row.source_url === null)
    throw new HubError("invalid", `${name} does not say where its source is; set it first`, {
      detail: { field: "source_url" },
    });
  // Of all together who may write it: the actor may be a token that nobody counts.
  await context.auth.attempts.spend(`git readme of ${found.id}`, limit, context.clock.now());
  const source = await fetchReadme(row.source_url, context.fetch);
  await pinSource(context, found, row, updatedAt);
  await writeReadme(context, actor, name, source, "git");
  return row.source_url;
}

/** Takes a README that is linked to its source again. Where that fails, the one that is there stays. */
export async function refreshGitReadme(context: HubContext, id: number): Promise<void> {
  const { row } = await readColumns(context, id);
  if (row.source_url === null || !(JSON.parse(row.written) as string[]).includes("source_url")) return;
  try {
    const source = await fetchReadme(row.source_url, context.fetch);
    if (source.trim() === "") return;
    await context.db.query
      .updateTable("readmes")
      .set({ ...(await render(context, source, row.source_url)), source, updated_at: context.clock.now() })
      .where("repository_id", "=", id)
      // Not in the place of one that somebody has written meanwhile.
      .where("origin", "=", "git")
      .where("source", "!=", source)
      .execute();
  } catch (error) {
    if (!(error instanceof HubError)) throw error;
    log("info", "a README was not taken from its git repository again", { id, ...describeError(error) });
  }
}
