import { z } from "zod";
import { openPlace, sealPlace, viewerOf } from "../../../auth/index.ts";
import { listUsedBy } from "../../../images/index.ts";
import { after } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Command } from "../../view/command.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";
import { pathOf } from "./paths.ts";

/** Repositories of one page. */
const rows = 100;

/** Whose images are built from those of a repository. */
export const usedByPage = page({
  path: "/r/:name{.+}/-/used-by",
  who: "anybody",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({ after }),
  indexed: false,
  load: async (at) => {
    const opened = await open(at, "pull");
    if (opened instanceof GoTo) return opened;
    const { services } = at;
    const viewer = viewerOf(at.actor);
    const found = viewer
      ? await listUsedBy(services.images, viewer, opened.repository, {
          limit: rows,
          last: await openPlace(services.auth, "used-by", at.query.after),
        })
      : { repositories: [], next: undefined };
    const next = found.next === undefined ? undefined : await sealPlace(services.auth, "used-by", found.next);
    return { opened, ...found, next };
  },
  title: ({ opened }) => `Used by: ${opened.repository.name}`,
  crumbs: (_at, { opened }) => crumbsOf(opened.repository.name),
  view: ({ data: { opened, repositories, next }, url, visit }) => {
    const { name } = opened.repository;
    return (
      <RepositoryHead {...opened} tab="/-/used-by">
        <p class="lede">
          Repositories whose images begin with the layers of an image of this one. When something in it has to
          be mended, these have to be built anew.
        </p>
        {repositories.length === 0 ? (
          <Empty title="None that you may see is built from it.">
            <p>An image counts as soon as it is pushed, when its Dockerfile begins with</p>
            <Command
              text={`FROM ${new URL(visit.origin).host}/${name}${opened.front.lead ? `:${opened.front.lead.tag}` : ""}`}
              label="First line of a Dockerfile"
            />
          </Empty>
        ) : (
          <Table
            caption="Repositories that use this one"
            columns={[{ label: "Repository" }, { label: "What it is" }, { label: "Visibility", whole: true }]}
            rows={repositories.map((each) => [
              <a class="name" href={pathOf(each.name)}>
                {each.name}
              </a>,
              each.description === "" ? <span class="muted">not described</span> : each.description,
              each.visibility,
            ])}
          />
        )}
        <Older url={url} name="after" last={next} label="More repositories" />
      </RepositoryHead>
    );
  },
});
