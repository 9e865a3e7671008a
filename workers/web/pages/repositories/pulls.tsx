import { z } from "zod";
import { page } from "../../page.ts";
import { Section } from "../../view/heading.tsx";
import { PullChart } from "../../view/pull-chart.tsx";
import { count } from "../words.ts";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";
import { pathOf } from "./paths.ts";

const spans = [
  { days: "30", label: "30 days" },
  { days: "90", label: "90 days" },
  { days: "365", label: "A year" },
] as const;

/** How often a repository was pulled, day by day. */
export const pullsPage = page({
  path: "/r/:name{.+}/-/pulls",
  who: "anybody",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({ days: z.enum(["30", "90", "365"]).default("90") }),
  indexed: false,
  load: async (at) => open(at, "pull", { days: Number(at.query.days) }),
  title: ({ repository }) => `Pulls of ${repository.name}`,
  crumbs: (_at, { repository }) => crumbsOf(repository.name),
  view: ({ data: opened, query }) => {
    const { repository, front } = opened;
    const sum = front.days.reduce((before, { pulls }) => before + pulls, 0);
    return (
      <RepositoryHead {...opened} tab="/-/pulls">
        <nav class="choices" aria-label="How far back">
          {spans.map(({ days, label }) => (
            <a
              href={`${pathOf(repository.name)}/-/pulls?days=${days}`}
              aria-current={days === query.days ? "true" : undefined}
            >
              {label}
            </a>
          ))}
        </nav>
        <Section title={`${count(sum, "pull")} in ${query.days} days`}>
          <PullChart days={front.days} wide />
        </Section>
        <p class="muted">
          {`${front.pulls.toLocaleString("en")} in all. A client that pulls the same image again on the same day counts once. Days are those of UTC; the last one is not over.`}
        </p>
      </RepositoryHead>
    );
  },
});
