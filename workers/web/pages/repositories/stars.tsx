import { z } from "zod";
import { listStargazers } from "../../../hub/index.ts";
import { after } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { count } from "../words.ts";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";

/** People of one page. */
const rows = 100;

/** Who has starred a repository. */
export const starsPage = page({
  path: "/r/:name{.+}/-/stars",
  who: "anybody",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({ after }),
  indexed: false,
  load: async (at) => {
    const opened = await open(at, "pull");
    if (opened instanceof GoTo) return opened;
    const page = { limit: rows, last: at.query.after };
    return { opened, ...(await listStargazers(at.services.hub, opened.repository, page)) };
  },
  title: ({ opened }) => `Stars of ${opened.repository.name}`,
  crumbs: (_at, { opened }) => crumbsOf(opened.repository.name),
  view: ({ data: { opened, people, next }, url, now }) => (
    <RepositoryHead {...opened} tab="/-/stars">
      <h2>{count(opened.front.stars, "star")}</h2>
      {people.length === 0 ? (
        <Empty title="Nobody has starred it yet.">
          <p>A star helps others to find it, and you to find it again.</p>
        </Empty>
      ) : (
        <Table
          caption="People who starred it, the newest first"
          columns={[{ label: "Who" }, { label: "Since", whole: true }]}
          rows={people.map(({ name, starredAt }) => [
            <a class="name" href={`/n/${name}`}>
              {name}
            </a>,
            <Time at={starredAt} now={now} />,
          ])}
        />
      )}
      <Older url={url} name="after" last={next} label="More people" />
    </RepositoryHead>
  ),
});
