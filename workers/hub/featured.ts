import { sql } from "kysely";
import { auditEntry, hubLog } from "../audit/index.ts";
import { actorOf, requireAdministrator, type SignedIn } from "../auth/index.ts";
import type { Visibility } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";
import { listed, toListed, type ListedRepository, type ListedRow } from "./listed-repositories.ts";

/** More are no choice any more. */
export const maximumFeatured = 24;

/** As administrators see it. */
export interface FeaturedRepository {
  id: number;
  name: string;
  visibility: Visibility;
}

/** What the start page shows first, in its order: those that are public now. One statement. */
export async function listFeatured({ db }: HubContext): Promise<ListedRepository[]> {
  const found = await sql<ListedRow>`select ${listed} from featured_repositories f
    join repositories r on r.id = f.repository_id and r.visibility = 'public'
    join repository_counts c on c.repository_id = r.id
    left join repository_profiles p on p.repository_id = r.id
    order by f.position`.execute(db.query);
  return found.rows.map(toListed);
}

/** All of them, those too that nobody is shown because they are private now. @throws HubError `denied` to everybody but administrators. */
export async function listAllFeatured(context: HubContext, actor: SignedIn): Promise<FeaturedRepository[]> {
  requireAdministrator(actor);
  return readFeatured(context);
}

/**
 * Sets what is featured, in this order.
 *
 * @param names present names of public repositories
 * @throws HubError `denied` to everybody but administrators; `invalid` for too many, one that is there twice or that is private;
 *   `not-found`.
 */
export async function setFeatured(
  context: HubContext,
  actor: SignedIn,
  names: readonly string[],
): Promise<void> {
  requireAdministrator(actor);
  const { db, clock } = context;
  const before = await readFeatured(context);
  await checkNames(context, names, before);
  const old = before.map(({ name }) => name);
  if (old.join() === names.join()) return;
  const emptied = db.query.deleteFrom("featured_repositories");
  const filled = sql`insert into featured_repositories (repository_id, position)
    select r.id, wanted.key from json_each(${JSON.stringify(names)}) wanted join repositories r on r.name = wanted.value`;
  const entry = auditEntry(db, clock.now(), actorOf(actor), {
    log: hubLog,
    action: "hub.featured",
    target: "hub",
    before: old,
    after: names,
  });
  await db.batch(names.length > 0 ? [emptied, filled.compile(db.query), entry] : [emptied, entry]);
}

/** Puts a repository behind the others. @throws as `setFeatured` */
export async function addFeatured(context: HubContext, actor: SignedIn, name: string): Promise<void> {
  await setFeatured(context, actor, [...(await namesOf(context, actor)), name]);
}

/** @throws HubError `denied`; `not-found` when it is not featured. */
export async function removeFeatured(context: HubContext, actor: SignedIn, name: string): Promise<void> {
  const names = await namesOf(context, actor);
  refuseUnlessFeatured(names, name);
  await setFeatured(
    context,
    actor,
    names.filter((each) => each !== name),
  );
}

/** Moves a repository one place to the front; the first one stays. @throws HubError `denied`; `not-found` when it is not featured. */
export async function advanceFeatured(context: HubContext, actor: SignedIn, name: string): Promise<void> {
  const names = await namesOf(context, actor);
  refuseUnlessFeatured(names, name);
  const place = names.indexOf(name);
  const others = names.filter((each) => each !== name);
  await setFeatured(context, actor, others.toSpliced(Math.max(place - 1, 0), 0, name));
}

async function namesOf(context: HubContext, actor: SignedIn): Promise<string[]> {
  const all = await listAllFeatured(context, actor);
  return all.map(({ name }) => name);
}

function refuseUnlessFeatured(names: readonly string[], name: string): void {
  if (!names.includes(name)) throw new HubError("not-found", `"${name.slice(0, 300)}" is not featured`);
}

async function readFeatured({ db }: HubContext): Promise<FeaturedRepository[]> {
  return db.query
    .selectFrom("featured_repositories")
    .innerJoin("repositories", "repositories.id", "featured_repositories.repository_id")
    .select(["repositories.id", "repositories.name", "repositories.visibility"])
    .orderBy("featured_repositories.position")
    .execute();
}

/** One that is featured already may stay, also when it is private by now. */
async function checkNames(
  { db }: HubContext,
  names: readonly string[],
  before: readonly FeaturedRepository[],
): Promise<void> {
  const wrong = (kind: "invalid" | "not-found", message: string) =>
    new HubError(kind, message, { detail: { field: "name" } });
  if (names.length > maximumFeatured)
    throw wrong("invalid", `${maximumFeatured} repositories can be featured, not ${names.length}`);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw wrong("invalid", `"${twice.slice(0, 300)}" is featured already`);
  const found = await sql<FeaturedRepository>`select id, name, visibility from repositories
    where name in (select value from json_each(${JSON.stringify(names)}))`.execute(db.query);
  for (const name of names) {
    const repository = found.rows.find((each) => each.name === name);
    if (!repository) throw wrong("not-found", `there is no repository "${name.slice(0, 300)}"`);
    if (repository.visibility === "private" && !before.some(({ id }) => id === repository.id))
      throw wrong("invalid", `"${name}" is private; only what everybody may see can be featured`);
  }
}
