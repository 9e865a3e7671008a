import { searchRepositories, sorts, type SearchResults } from "../../../search/index.ts";
import { page } from "../../page.ts";
import { viewerFor } from "../../viewer.ts";
import { Empty } from "../../view/empty.tsx";
import { Notice } from "../../view/notice.tsx";
import { From } from "../../view/pagination.tsx";
import { RepositoryRows, type RepositoryRow } from "../../view/repository-rows.tsx";
import { Facets } from "./facets.tsx";
import { withInside } from "./rows.ts";
import { changed, filtersOf, searchQuery, sortOf, type SearchAddress } from "./search-query.ts";
import { Categories } from "./shelf.tsx";

const limit = 25;

const sortLabels = {
  relevance: "Best match",
  pulls: "Most pulled",
  stars: "Most stars",
  updated: "Updated last",
  name: "Name",
} as const;

export const searchPage = page({
  path: "/search",
  who: "anybody",
  query: searchQuery,
  load: async ({ services, actor, query: asked }) => {
    const results = await searchRepositories(services.search, viewerFor(actor), {
      text: asked.q,
      filters: filtersOf(asked),
      sort: sortOf(asked),
      offset: asked.from,
      limit,
    });
    const { rows } = await withInside(services, { rows: results.hits });
    return { results, rows, asked };
  },
  title: ({ asked: { q } }) => (q.trim() === "" ? "All images" : q.slice(0, 100)),
  description: "Search the container images of this hub.",
  view: ({ data, url, now }) => (
    <>
      <h1>{headingOf(data.asked)}</h1>
      <Found {...data} url={url} now={now} />
    </>
  ),
});

function headingOf({ q }: SearchAddress): string {
  return q.trim() === "" ? "All images" : `Images for “${q.trim().slice(0, 100)}”`;
}

interface FoundProps {
  results: SearchResults;
  rows: readonly RepositoryRow[];
  asked: SearchAddress;
  url: URL;
  now: number;
}

/** The results, with what narrows and sorts them. */
export function Found({ results, rows, asked, url, now }: FoundProps) {
  const { total, atLeast, didYouMean, cut } = results;
  const narrowed = Object.keys(filtersOf(asked)).length > 0;
  return (
    <>
      {cut && (
        <Notice kind="care">
          What you look for is longer than 200 characters; the end of it was left out.
        </Notice>
      )}
      {didYouMean !== undefined && (
        <p>
          Did you mean <a href={changed(url, "q", didYouMean)}>{didYouMean}</a>?
        </p>
      )}
      <div class="finder">
        <Facets results={results} asked={asked} url={url} />
        <div>
          <div class="finder-head">
            <p class="muted" role="status">
              {`${total.toLocaleString("en")}${atLeast ? "+" : ""} ${total === 1 ? "image" : "images"}`}
            </p>
            {rows.length > 0 && <Sorts asked={asked} url={url} />}
          </div>
          {rows.length === 0 ? (
            <Nothing asked={asked} narrowed={narrowed} url={url} />
          ) : (
            <RepositoryRows caption="Images" rows={rows} now={now} />
          )}
          <From url={url} from={asked.from} shown={rows.length} total={total} what="image" />
        </div>
      </div>
    </>
  );
}

function Sorts({ asked, url }: Pick<FoundProps, "asked" | "url">) {
  const current = sortOf(asked);
  const offered = sorts.filter((sort) => sort !== "relevance" || asked.q.trim() !== "");
  return (
    <nav class="sorts" aria-label="Sort by">
      {offered.map((sort) => (
        <a
          href={changed(url, "sort", sort)}
          rel="nofollow"
          aria-current={sort === current ? "true" : undefined}
        >
          {sortLabels[sort]}
        </a>
      ))}
    </nav>
  );
}

function Nothing({ asked, narrowed, url }: Pick<FoundProps, "asked" | "url"> & { narrowed: boolean }) {
  const { pathname } = url;
  return (
    <>
      <Empty title={asked.from > 0 ? "There are no more." : "Nothing was found."}>
        {narrowed ? (
          <p>
            <a
              href={
                asked.q === "" ? pathname : `${pathname}?${new URLSearchParams({ q: asked.q }).toString()}`
              }
            >
              Look without the filters
            </a>
            , or take some of them away.
          </p>
        ) : (
          <p>
            {asked.q.trim() === ""
              ? "No image that you may pull is here yet."
              : "Fewer words find more; a part of a name is enough."}{" "}
            Private images are found by those who may pull them.
          </p>
        )}
      </Empty>
      <h2>By category</h2>
      <Categories />
    </>
  );
}
