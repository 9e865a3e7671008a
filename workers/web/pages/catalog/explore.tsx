import { listMostPulled, listNewest, listOfficial, listTrending, listVersion } from "../../../hub/index.ts";
import { page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { Heading } from "../../view/heading.tsx";
import { RepositoryRows } from "../../view/repository-rows.tsx";
import { withInside } from "./rows.ts";
import { Categories, Shelf } from "./shelf.tsx";

/** In each list. */
const shown = 10;

export const explorePage = page({
  path: "/explore",
  who: "anybody",
  load: async ({ services }) => {
    const { hub } = services;
    const [official, trending, mostPulled, newest] = await Promise.all([
      listOfficial(hub, shown),
      listTrending(hub, shown),
      listMostPulled(hub, shown),
      listNewest(hub, shown),
    ]);
    return withInside(services, { official, trending, mostPulled, newest });
  },
  title: "Explore",
  description:
    "Container images of this hub: official ones, what is pulled more than before, the most pulled, the newest.",
  cache: ({ services }) => listVersion(services.hub),
  view: ({ data: { official, trending, mostPulled, newest }, visit, now }) => (
    <>
      <Heading title="Explore">Public images, by what they are for and by how much they are used.</Heading>
      <Shelf title="Categories">
        <Categories />
      </Shelf>
      {[
        {
          title: "Official",
          rows: official,
          more: { label: "All official images", href: "/search?official=true" },
        },
        { title: "Pulled more than before", rows: trending },
        { title: "Most pulled", rows: mostPulled, more: { label: "All images", href: "/search?sort=pulls" } },
        { title: "New", rows: newest, more: { label: "Updated last", href: "/search?sort=updated" } },
      ]
        .filter(({ rows }) => rows.length > 0)
        .map(({ title, rows, more }) => (
          <Shelf title={title} {...(more && { more })}>
            <RepositoryRows caption={title} rows={rows} now={now} />
          </Shelf>
        ))}
      {newest.length === 0 && (
        <Empty title="There is no public image yet.">
          <p>A repository is public once somebody with the right to says so. Push the first:</p>
          <Command
            text={`docker push ${new URL(visit.origin).host}/NAMESPACE/REPOSITORY`}
            label="Push an image"
          />
        </Empty>
      )}
    </>
  ),
});
