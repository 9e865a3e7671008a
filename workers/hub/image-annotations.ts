import { HubError } from "../shared/errors.ts";
import { readColumns, writeColumns, type ProfileColumns } from "./change-profile.ts";
import type { HubContext } from "./context.ts";
import { fitLine, maximumDescription, maximumLicenses, readSourceUrl } from "./profile-fields.ts";
import { maximumSource } from "./readme-rendering.ts";
import { readmeStatement, render } from "./readmes.ts";

/** Markdown. There is no such key in the specification; those of others are addresses, which the hub does not fetch. */
const readmeAnnotation = "io.wherry.readme";

/**
 * Takes what an image says of itself for the parts of a profile that nobody wrote here (image-spec, annotations.md), and its README when
 * there is none that somebody wrote; one that is linked to its source is taken from there again. What cannot be used is passed over:
 * whoever pushed it is not there to be told. Run twice it does nothing the second time.
 *
 * @param annotations of the image that people get who name no tag
 */
export async function takeAnnotations(
  context: HubContext,
  repositoryId: number,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  await takeProfile(context, repositoryId, annotations);
  await takeReadme(context, repositoryId, annotations[readmeAnnotation] ?? "");
}

async function takeProfile(
  context: HubContext,
  id: number,
  annotations: Readonly<Record<string, string>>,
): Promise<void> {
  const said = (name: string) => annotations[`org.opencontainers.image.${name}`] ?? "";
  const found: Pick<ProfileColumns, "description" | "source_url" | "licenses"> = {
    description: fitLine(said("description"), maximumDescription),
    source_url: readSourceUrl(said("source")) ?? null,
    licenses: fitLine(said("licenses"), maximumLicenses) || null,
  };
  const columns = Object.keys(found) as (keyof typeof found)[];
  for (let attempt = 0; attempt < maximumAttempts; attempt += 1) {
    const { row, updatedAt } = await readColumns(context, id);
    const written = new Set(JSON.parse(row.written) as string[]);
    const taken = columns.filter((column) => !written.has(column) && found[column] !== row[column]);
    if (taken.length === 0) return;
    const next = { ...row, ...Object.fromEntries(taken.map((column) => [column, found[column]])) };
    const now = Math.max(context.clock.now(), updatedAt + 1);
    const [changed] = await context.db.batch([writeColumns(context, id, next, { now, updatedAt })]);
    if (changed?.numAffectedRows) return;
  }
}

/** Tries, while somebody else writes at the same moment; and where the repository has gone. */
const maximumAttempts = 3;

async function takeReadme(context: HubContext, id: number, source: string): Promise<void> {
  const { db, clock } = context;
  const there = await db.query
    .selectFrom("readmes")
    .select(["origin", "linked", "source"])
    .where("repository_id", "=", id)
    .executeTakeFirst();
  if (there?.linked === 1) {
    await context.requestRefresh(id);
    return;
  }
  if ((there && there.origin !== "annotation") || (there?.source ?? "") === source) return;
  const profile = await readColumns(context, id);
  const rendered =
    source.trim() === "" || source.length > maximumSource
      ? undefined
      : await render(context, source, profile.row.source_url).catch(ignoreRefusal);
  if (rendered)
    await db.batch([
      readmeStatement(context, id, {
        ...rendered,
        source,
        origin: "annotation",
        linked: 0,
        updated_at: clock.now(),
      }),
    ]);
  else
    await db.query
      .deleteFrom("readmes")
      .where("repository_id", "=", id)
      .where("origin", "=", "annotation")
      .execute();
}

/** A README that is too much is none. */
function ignoreRefusal(error: unknown): undefined {
  if (!(error instanceof HubError)) throw error;
}
