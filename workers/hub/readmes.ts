import { sql } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import { actorOf, requireRepository, type PresentRepository, type Principal } from "../auth/index.ts";
import type { ReadmeOrigin, Row } from "../db/index.ts";
import type { Limit } from "../platform/attempts.ts";
import { minute, second } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";
import { readHubSettings } from "./hub-settings.ts";
import { imagePath, mayShow, signerOf } from "./readme-images.ts";
import { renderReadme, rendererVersion } from "./readme-rendering.ts";
import { element, serialize } from "./readme-tree.ts";

export interface Readme {
  /** Markdown. */
  source: string;
  /** Sanitised: goes into a page as it is, inside `<div class="readme">`. Its ids begin with `readme-`. */
  html: string;
  origin: ReadmeOrigin;
  /** Milliseconds since 1970. */
  updatedAt: number;
}

/** To render takes a second or two at worst, so nobody has it done without end: neither for what is kept nor to look at it. */
const limits = {
  write: { burst: 30, every: 2 * minute, of: "READMEs written" },
  preview: { burst: 60, every: 30 * second, of: "previews of READMEs" },
} as const satisfies Record<string, Limit>;

type Rendered = Pick<Row<"readmes">, "html" | "images" | "renderer">;

/** The README of a repository that the reader may pull from. One statement, and more when its HTML has to be made again. */
export async function readReadme(
  context: HubContext,
  { id }: Pick<PresentRepository, "id">,
): Promise<Readme | undefined> {
  const row = await context.db.query
    .selectFrom("readmes")
    .selectAll()
    .where("repository_id", "=", id)
    .executeTakeFirst();
  if (!row) return undefined;
  const { source, origin, updated_at } = row;
  return { source, html: await currentHtml(context, id, row), origin, updatedAt: updated_at };
}

/**
 * The HTML of a README as it is to be shown now. What another version of the renderer made, or for another source or other hosts of
 * images, is made again and kept.
 */
export async function currentHtml(
  context: HubContext,
  id: number,
  { html, renderer }: Pick<Row<"readmes">, "html" | "renderer">,
): Promise<string> {
  if (renderer === String(rendererVersion)) return html;
  const { db, auth } = context;
  const row = await db.query
    .selectFrom("readmes")
    .leftJoin("repository_profiles as profile", "profile.repository_id", "readmes.repository_id")
    .select(["source", "source_url"])
    .where("readmes.repository_id", "=", id)
    .executeTakeFirst();
  if (!row) return "";
  const { source } = row;
  const rendered = await render(context, source, row.source_url).catch(whatIsWrong);
  auth.background(
    db.query
      .updateTable("readmes")
      .set(rendered)
      .where("repository_id", "=", id)
      .where("source", "=", source)
      .where("renderer", "=", renderer)
      .execute(),
  );
  return rendered.html;
}

/** A README that was taken once, and is too much for the renderer of now. */
function whatIsWrong(error: unknown): Rendered {
  if (!(error instanceof HubError)) throw error;
  const html = serialize([element("p", {}, [`This README cannot be shown: ${error.message}.`])]);
  return { html, images: 0, renderer: String(rendererVersion) };
}

/**
 * Shows what a README would look like, and keeps nothing.
 *
 * @throws HubError `too-large`; `not-found`, `denied` to who may not write it; `too-many`.
 */
export async function previewReadme(
  context: HubContext,
  actor: Principal,
  name: string,
  source: string,
): Promise<string> {
  const { id } = await requireRepository(context.auth, actor, name, "metadata");
  await countRendering(context, actor, "preview");
  return (await render(context, source, await sourceUrlOf(context, id))).html;
}

/**
 * Writes the README of a repository: from then on what its image brings along is not looked at, until this one is removed.
 *
 * @param source Markdown, 256 KiB at most
 * @param origin `git`: somebody took it from there and wrote it here; `linked`: so did the hub, which does it again (git-readme.ts)
 * @throws HubError `not-found`; `denied` to who may not do `metadata`; `invalid` when it is empty; `too-large`; `too-many`.
 */
export async function writeReadme(
  context: HubContext,
  actor: Principal,
  name: string,
  source: string,
  origin: "written" | "git" | "linked" = "written",
): Promise<void> {
  const found = await requireRepository(context.auth, actor, name, "metadata");
  const { db, clock } = context;
  if (source.trim() === "")
    throw new HubError("invalid", `the README of ${found.name} is empty; remove it if there is to be none`, {
      detail: { field: "readme" },
    });
  await countRendering(context, actor, "write");
  const rendered = await render(context, source, await sourceUrlOf(context, found.id));
  const now = clock.now();
  const from = { origin: origin === "linked" ? "git" : origin, linked: origin === "linked" ? 1 : 0 } as const;
  const after = { origin, characters: source.length };
  const [written] = await db.batch([
    readmeStatement(context, found.id, { ...rendered, source, ...from, updated_at: now }),
    auditEntry(db, now, actorOf(actor), {
      log: found.standing.owner?.id ?? hubLog,
      action: "repository.readme",
      target: found.name,
      after,
    }),
  ]);
  if (!written?.numAffectedRows) throw goneMeanwhile(found.name);
}

/** One bucket for a person, and one for all tokens of an organization. @throws HubError `too-many`. */
async function countRendering(
  { auth, clock }: HubContext,
  actor: Principal,
  kind: keyof typeof limits,
): Promise<void> {
  if (actor.kind === "anonymous") return;
  const id = actor.kind === "machine" ? actor.owner.id : actor.id;
  await auth.attempts.spend(`readme ${kind} by ${id}`, limits[kind], clock.now());
}

/** @throws HubError `not-found` when there is none, too; `denied` */
export async function removeReadme(context: HubContext, actor: Principal, name: string): Promise<void> {
  const found = await requireRepository(context.auth, actor, name, "metadata");
  const { db, clock } = context;
  const [removed] = await db.batch([
    db.query.deleteFrom("readmes").where("repository_id", "=", found.id),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: found.standing.owner?.id ?? hubLog,
      action: "repository.readme.remove",
      target: found.name,
    }),
  ]);
  if (!removed?.numAffectedRows) throw readmeUnknown(found.name);
}

export function readmeUnknown(name: string): HubError {
  return new HubError("not-found", `${name} has no README`);
}

function goneMeanwhile(name: string): HubError {
  return new HubError("not-found", `the repository ${name} was deleted at the same moment`);
}

/** The statement that writes a README, of a repository that is there. That of an image does not take the place of what somebody wrote. */
export function readmeStatement(
  { db }: Pick<HubContext, "db">,
  id: number,
  row: Omit<Row<"readmes">, "repository_id">,
) {
  return sql`insert into readmes (repository_id, source, html, renderer, images, origin, linked, updated_at)
      select id, ${row.source}, ${row.html}, ${row.renderer}, ${row.images}, ${row.origin}, ${row.linked}, ${row.updated_at}
      from repositories where id = ${id}
      on conflict (repository_id) do update set source = excluded.source, html = excluded.html, renderer = excluded.renderer,
        images = excluded.images, origin = excluded.origin, linked = excluded.linked, updated_at = excluded.updated_at
      where excluded.origin <> 'annotation' or readmes.origin = 'annotation'`.compile(db.query);
}

/** @throws HubError `too-large` */
export async function render(
  context: HubContext,
  source: string,
  sourceUrl: string | null,
): Promise<Rendered> {
  const [{ readmeImageHosts }, sign] = await Promise.all([readHubSettings(context), signerOf(context)]);
  let images: 0 | 1 = 0;
  const html = renderReadme(source, {
    sourceUrl: sourceUrl ?? undefined,
    imageAddress: (url) => {
      images = 1;
      return mayShow(url, readmeImageHosts) ? imagePath(url, sign) : undefined;
    },
  });
  return { html, images, renderer: String(rendererVersion) };
}

async function sourceUrlOf({ db }: HubContext, id: number): Promise<string | null> {
  const row = await db.query
    .selectFrom("repository_profiles")
    .select("source_url")
    .where("repository_id", "=", id)
    .executeTakeFirst();
  return row?.source_url ?? null;
}
