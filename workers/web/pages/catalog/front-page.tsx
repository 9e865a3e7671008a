import { listFeaturedRepositories, listNewest, listOfficial, listTrending } from "../../../hub/index.ts";
import type { WebServices } from "../../page.ts";
import { Size } from "../../view/amounts.tsx";
import { Command } from "../../view/command.tsx";
import { Section } from "../../view/heading.tsx";
import { RepositoryRows, type RepositoryRow } from "../../view/repository-rows.tsx";
import { Hold } from "../../view/hold.tsx";
import { SearchBox } from "../../view/search-box.tsx";
import { pathOf } from "../repositories/paths.ts";
import { count } from "../words.ts";
import { withInside } from "./rows.ts";
import { Brief, Categories, Shelf } from "./shelf.tsx";

/** In each list. */
const shown = 6;

/** What the start page shows to who has not signed in. */
export async function readFrontPage(services: WebServices) {
  const { hub } = services;
  const [featured, official, trending, newest] = await Promise.all([
    listFeaturedRepositories(hub),
    listOfficial(hub, shown),
    listTrending(hub, shown),
    listNewest(hub, shown),
  ]);
  return withInside(services, { featured, official, trending, newest });
}

type FrontPageProps = Awaited<ReturnType<typeof readFrontPage>> & {
  host: string;
  /** Whether anybody may make an account. */
  mayJoin: boolean;
  now: number;
};

export function FrontPage({ featured, official, trending, newest, host, mayJoin, now }: FrontPageProps) {
  const briefs = [
    {
      title: "Official",
      rows: official,
      by: "pulls",
      more: { label: "All official images", href: "/search?official=true" },
    },
    {
      title: "Pulled more than before",
      rows: trending,
      by: "pulls",
      more: { label: "The most pulled", href: "/search?sort=pulls" },
    },
    { title: "New", rows: newest, by: "time", more: { label: "Updated last", href: "/search?sort=updated" } },
  ] as const;
  const [example] = [...featured, ...official, ...trending, ...newest];
  return (
    <>
      <div class="hero">
        <div>
          <h1>Container images, from ship to shore</h1>
          <p class="lede">
            Find an image, see what is inside it, and copy the command that runs it. Any client of container
            registries works here.
          </p>
          <SearchBox value="" large />
        </div>
        {example ? <Example row={example} host={host} /> : <NothingYet />}
      </div>
      {featured.length > 0 && (
        <Shelf title="Featured">
          <RepositoryRows caption="Featured images" rows={featured} now={now} />
        </Shelf>
      )}
      <div class="shelves">
        {briefs
          .filter(({ rows }) => rows.length > 0)
          .map(({ title, rows, by, more }) => (
            <Shelf title={title} more={more}>
              <Brief rows={rows} by={by} now={now} />
            </Shelf>
          ))}
      </div>
      <Shelf title="Categories" more={{ label: "Explore", href: "/explore" }}>
        <Categories />
      </Shelf>
      <Section title="Push yours">
        <div class="columns">
          <Command text={`docker login --username NAME ${host}`} label="Sign in with docker" />
          <Command text={`docker push ${host}/NAME/REPOSITORY`} label="Push an image" />
        </div>
        <p class="acts">
          <a class="button" href="/sign-in">
            Sign in
          </a>
          {mayJoin && (
            <a class="button quiet" href="/sign-up">
              Create an account
            </a>
          )}
        </p>
      </Section>
    </>
  );
}

/** A hub without a public image: what to do about it. */
function NothingYet() {
  return (
    <Section title="No public images yet">
      <p>
        This hub has none so far, so there is nothing to find or pull. <a href="/sign-in">Sign in</a>, push an
        image as below, and make its repository public in its settings: then it is shown here.
      </p>
    </Section>
  );
}

/** One image of the hub, as the hub shows images. */
function Example({ row, host }: { row: RepositoryRow; host: string }) {
  const { name, description, hold, size } = row;
  return (
    <section class="box example">
      <h2>
        <a href={pathOf(name)}>{name}</a>
        {size > 0 && (
          <span class="brief-number">
            <Size bytes={size} />
            {`, ${count(hold.length, "layer")}`}
          </span>
        )}
      </h2>
      {hold.length > 0 && <Hold layers={hold} />}
      {description !== "" && <p>{description}</p>}
      <Command text={`docker pull ${host}/${name}`} label="Pull an image" />
    </section>
  );
}
