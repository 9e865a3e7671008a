import type { FacetCount, FacetName, SearchResults } from "../../../search/index.ts";
import { categoryLabel } from "../../../shared/categories.ts";
import { toggled, type SearchAddress } from "./search-query.ts";

interface Facet {
  name: FacetName;
  /** In the address. */
  parameter: keyof SearchAddress;
  /** More than one value can be asked for: a repository has to have all. */
  several: boolean;
  label: (value: string) => string;
}

const groups: readonly { title: string; facets: readonly Facet[] }[] = [
  {
    title: "Trusted",
    facets: [
      { name: "official", parameter: "official", several: false, label: () => "Official" },
      { name: "verified", parameter: "verified", several: false, label: () => "Verified publisher" },
      { name: "signed", parameter: "signed", several: false, label: () => "Signed" },
      { name: "sbom", parameter: "sbom", several: false, label: () => "Has an SBOM" },
    ],
  },
  {
    title: "Architecture",
    facets: [{ name: "architecture", parameter: "arch", several: true, label: (value) => value }],
  },
  {
    title: "System",
    facets: [{ name: "os", parameter: "os", several: true, label: (value) => value }],
  },
  {
    title: "Category",
    facets: [{ name: "category", parameter: "category", several: true, label: categoryLabel }],
  },
  {
    title: "Updated",
    facets: [
      {
        name: "updated",
        parameter: "updated",
        several: false,
        label: (days) => (days === "365" ? "Within a year" : `Within ${days} days`),
      },
    ],
  },
];

/** So many values of one facet are shown: the commonest. */
const shown = 12;

/** What the results can be narrowed by: links, so that the address holds every filter. */
export function Facets({ results, asked, url }: { results: SearchResults; asked: SearchAddress; url: URL }) {
  const lists = groups
    .map(({ title, facets }) => ({
      title,
      values: facets.flatMap((facet) =>
        results.facets[facet.name]
          // What all of them have narrows nothing.
          .filter(({ value, count }) => count !== results.total || isChosen(asked[facet.parameter], value))
          .slice(0, shown)
          .map((count) => ({ facet, ...count })),
      ),
    }))
    .filter(({ values }) => values.length > 0);
  if (lists.length === 0) return null;
  const narrowed = groups.some(({ facets }) => facets.some(({ parameter }) => isAsked(asked[parameter])));
  return (
    <details class="facets" open={narrowed}>
      <summary>Filters</summary>
      <nav class="facets-lists" aria-label="Filters">
        {lists.map(({ title, values }) => (
          <section class="facet">
            <h2>{title}</h2>
            <ul>
              {values.map((value) => (
                <li>
                  <Value {...value} asked={asked} url={url} atLeast={results.atLeast} />
                </li>
              ))}
            </ul>
          </section>
        ))}
      </nav>
    </details>
  );
}

function Value({
  facet: { parameter, several, label },
  value,
  count,
  asked,
  url,
  atLeast,
}: FacetCount & { facet: Facet; asked: SearchAddress; url: URL; atLeast: boolean }) {
  const chosen = isChosen(asked[parameter], value);
  return (
    <a
      href={toggled(url, parameter, value, several)}
      rel="nofollow"
      aria-current={chosen ? "true" : undefined}
    >
      {label(value)}
      <small>{`${count.toLocaleString("en")}${atLeast ? "+" : ""}`}</small>
    </a>
  );
}

function isChosen(asked: SearchAddress[keyof SearchAddress], value: string): boolean {
  return Array.isArray(asked) ? asked.includes(value) : isAsked(asked) && String(asked) === value;
}

function isAsked(value: SearchAddress[keyof SearchAddress]): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined && value !== false;
}
