import { z } from "zod";
import { listVersion, namespaceSorts, readNamespace } from "../../../hub/index.ts";
import { GoTo, page } from "../../page.ts";
import { viewerFor } from "../../viewer.ts";
import { Badge } from "../../view/badge.tsx";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { From } from "../../view/pagination.tsx";
import { RepositoryRows } from "../../view/repository-rows.tsx";
import { Time } from "../../view/time.tsx";
import { count } from "../words.ts";
import { withInside } from "./rows.ts";
import { changed } from "./search-query.ts";

const limit = 50;

const sortLabels = { pulls: "Most pulled", stars: "Most stars", name: "Name", newest: "Newest" } as const;

/** A user or an organization, as others see them: what they are, and what of theirs the reader may pull. */
export const namespacePage = page({
  path: "/n/:name",
  who: "anybody",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({
    sort: z.enum(namespaceSorts).default("pulls"),
    from: z.coerce.number().int().min(0).max(1_000_000).default(0),
  }),
  load: async ({ services, actor, params, query: { sort, from }, url }) => {
    const viewer = viewerFor(actor);
    const profile = await readNamespace(services.hub, viewer, params.name, { sort, from, limit });
    if (profile.name !== params.name) return new GoTo(`/n/${profile.name}${url.search}`);
    const { rows } = await withInside(services, { rows: profile.repositories });
    return { profile, rows };
  },
  title: ({ profile }) => profile.displayName || profile.name,
  description: ({ profile: { name, displayName, total } }) =>
    `${displayName || name}: ${count(total, "container image")} of ${name} to pull.`,
  cache: ({ services }) => listVersion(services.hub),
  view: ({ data: { profile, rows }, query: { sort, from }, actor, url, visit, now }) => {
    const { name, displayName, kind, badge, createdAt, total } = profile;
    const own = actor.kind === "user" && actor.name === name;
    return (
      <>
        <h1>{displayName || name}</h1>
        <ul class="chips namespace-chips">
          {badge && (
            <li>
              <Badge badge={badge} />
            </li>
          )}
          <li class="chip">{kind === "user" ? "Person" : "Organization"}</li>
          {displayName !== "" && <li class="chip">{name}</li>}
          <li class="chip">{count(total, "image")}</li>
          <li class="chip">
            Here since <Time at={createdAt} now={now} />
          </li>
        </ul>
        {rows.length === 0 ? (
          <Empty title={from > 0 ? "There are no more." : "There is no image yet."}>
            {own && (
              <Command
                text={`docker push ${new URL(visit.origin).host}/${name}/REPOSITORY`}
                label="Push an image"
              />
            )}
          </Empty>
        ) : (
          <>
            <div class="finder-head">
              <h2>Images</h2>
              <nav class="sorts" aria-label="Sort by">
                {namespaceSorts.map((each) => (
                  <a
                    href={changed(url, "sort", each)}
                    rel="nofollow"
                    aria-current={each === sort ? "true" : undefined}
                  >
                    {sortLabels[each]}
                  </a>
                ))}
              </nav>
            </div>
            <RepositoryRows caption={`Images of ${name}`} rows={rows} now={now} />
          </>
        )}
        <From url={url} from={from} shown={rows.length} total={total} what="image" />
      </>
    );
  },
});
