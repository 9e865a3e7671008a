import { expect, test } from "vitest";
import { relevanceCatalogue } from "./support/relevance-catalogue.ts";
import { gainOf, judgements } from "./support/relevance-judgements.ts";
import { SearchWorld } from "./support/world.ts";

test("people find what they want: judged queries have their answers first (nDCG@10 of 0.9 at least)", async () => {
  const world = new SearchWorld();
  const catalogue = relevanceCatalogue();
  await world.add(...catalogue);
  await world.follow();
  const known = new Set(catalogue.map(({ name }) => name));
  expect(judgements.flatMap(({ grades }) => [...grades.keys()]).filter((name) => !known.has(name))).toEqual(
    [],
  );
  expect(judgements.length).toBeGreaterThanOrEqual(100);
  const gains: { query: string; gain: number; found: string[] }[] = [];
  for (const { query, grades } of judgements) {
    const { hits } = await world.search({ text: query, limit: 10 });
    const found = hits.map(({ name }) => name);
    gains.push({ query, gain: gainOf(found, grades), found });
  }
  const mean = gains.reduce((sum, { gain }) => sum + gain, 0) / gains.length;
  const worst = gains.toSorted((a, b) => a.gain - b.gain).slice(0, 10);
  expect(mean, JSON.stringify(worst, undefined, 1)).toBeGreaterThanOrEqual(0.9);
  // The complaints about other hubs hold one by one.
  const first = new Map(gains.map(({ query, found }) => [query, found[0]]));
  expect(first.get("docker")).toBe("library/docker");
  expect(first.get("unifi-controller")).toBe("linuxserver/unifi-network-application");
  expect(first.get("postgers")).toBe("library/postgres");
});
