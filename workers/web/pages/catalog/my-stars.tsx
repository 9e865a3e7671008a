import { z } from "zod";
import { listStars } from "../../../hub/index.ts";
import { after } from "../../keyset.ts";
import { page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Heading } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { RepositoryRows } from "../../view/repository-rows.tsx";
import { withInside } from "./rows.ts";

/** Repositories of one page. */
const rows = 50;

/** What somebody starred, as far as they may see it. */
export const myStarsPage = page({
  path: "/stars",
  who: "user",
  query: z.strictObject({ after }),
  title: "Your stars",
  load: async ({ services, actor, query }) => {
    const page = { limit: rows, last: query.after };
    const { repositories, next } = await listStars(services.hub, actor, page);
    return { ...(await withInside(services, { repositories })), next };
  },
  view: ({ data: { repositories, next }, url, now }) => (
    <>
      <Heading title="Your stars">The latest first.</Heading>
      {repositories.length === 0 ? (
        <Empty title="There are none yet.">
          <p>
            A star on the page of an image keeps it here. <a href="/explore">Explore what others made</a>.
          </p>
        </Empty>
      ) : (
        <RepositoryRows
          caption="Repositories that you starred, the latest first"
          rows={repositories}
          now={now}
        />
      )}
      <Older url={url} name="after" last={next} label="More stars" />
    </>
  ),
});
