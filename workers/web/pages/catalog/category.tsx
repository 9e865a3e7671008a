import { z } from "zod";
import { listVersion } from "../../../hub/index.ts";
import { searchRepositories } from "../../../search/index.ts";
import { categoryLabel, isCategory } from "../../../shared/categories.ts";
import { HubError } from "../../../shared/errors.ts";
import { page } from "../../page.ts";
import { viewerFor } from "../../viewer.ts";
import { Found } from "./search.tsx";
import { withInside } from "./rows.ts";
import { filtersOf, searchQuery, sortOf } from "./search-query.ts";

export const categoryPage = page({
  path: "/categories/:slug",
  who: "anybody",
  params: z.strictObject({ slug: z.string() }),
  query: searchQuery,
  load: async ({ services, actor, params: { slug }, query: asked }) => {
    if (!isCategory(slug))
      throw new HubError(
        "not-found",
        `there is no category "${slug.slice(0, 60)}"; /explore has all of them`,
      );
    const filters = filtersOf(asked);
    const categories = [slug, ...(filters.categories ?? [])];
    const results = await searchRepositories(services.search, viewerFor(actor), {
      text: asked.q,
      filters: { ...filters, categories },
      sort: sortOf(asked),
      offset: asked.from,
      limit: 25,
    });
    // The page is what it is narrowed by already.
    const category = results.facets.category.filter(({ value }) => value !== slug);
    const { rows } = await withInside(services, { rows: results.hits });
    return { slug, rows, asked, results: { ...results, facets: { ...results.facets, category } } };
  },
  title: ({ slug }) => categoryLabel(slug),
  description: ({ slug }) => `Container images of this hub under ${categoryLabel(slug)}.`,
  crumbs: () => [{ label: "Explore", href: "/explore" }],
  cache: ({ services }) => listVersion(services.hub),
  view: ({ data, url, now }) => (
    <>
      <h1>{categoryLabel(data.slug)}</h1>
      <Found {...data} url={url} now={now} />
    </>
  ),
});
