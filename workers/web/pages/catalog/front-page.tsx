import { listFeaturedRepositories, listNewest, listOfficial, listTrending } from "../../../hub/index.ts";
import type { WebServices } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Section } from "../../view/heading.tsx";
import { RepositoryRows } from "../../view/repository-rows.tsx";
import { SearchBox } from "../../view/search-box.tsx";
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
    { title: "Official", rows: official, by: "pulls", more: "/search?official=true" },
    { title: "Pulled more than before", rows: trending, by: "pulls", more: "/search?sort=pulls" },
    { title: "New", rows: newest, by: "time", more: "/search?sort=updated" },
  ] as const;
  const [example] = [...featured, ...official, ...trending, ...newest];
  return (
    <>
      <div class="hero">
        <h1>Container images, from ship to shore</h1>
        <p class="lede">
          Find an image, see what is inside it, and copy the command that runs it. Any client of container
          registries works here.
        </p>
        <SearchBox value="" large />
      </div>
      <div class="columns">
        <Section title="Pull">
          <Command
            text={`docker pull ${host}/${example?.name ?? "NAMESPACE/REPOSITORY"}`}
            label="Pull an image"
          />
          <p>
            Public images need no account. What is in one stands on its page: layers, platforms, signatures,
            packages.
          </p>
        </Section>
        <Section title="Push">
          <Command text={`docker login --username NAME ${host}`} label="Sign in with docker" />
          <Command text={`docker push ${host}/NAME/REPOSITORY`} label="Push an image" />
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
            <Shelf title={title} more={{ label: "More", href: more }}>
              <Brief rows={rows} by={by} now={now} />
            </Shelf>
          ))}
      </div>
      <Shelf title="Categories" more={{ label: "Explore", href: "/explore" }}>
        <Categories />
      </Shelf>
    </>
  );
}
