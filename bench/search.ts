import { Server } from "../test/support/server.ts";
import { catalogue } from "./catalogue.ts";
import { fillCatalogue } from "./catalogue-rows.ts";
import type { Benchmark } from "./measurement.ts";
import { SearchWorker, type Taken } from "./search-worker.ts";

const size = 200_000;

/** Words that are measured: the commonest of names and descriptions. */
const commonWords = 100;

/** Search and suggestions in a catalogue of 200,000 repositories, inside the Worker. */
export const search: Benchmark = {
  name: "search",
  needs: [],
  rounds: 3,
  async measure({ rounds, cleanup }) {
    const server = cleanup.use(await Server.start());
    await server.stop();
    await fillCatalogue(server.data, size);
    const begun = Date.now();
    await server.start();
    await untilBuilt(server);
    const built = (Date.now() - begun) / 1000;
    await server.stop();
    const worker = cleanup.use(await SearchWorker.open(server.data));
    const ask = (what: "search" | "suggest", text: string) => worker.ask(what, text);
    const words = mostCommon(commonWords);
    const beginnings = [
      ...new Set(words.flatMap((word) => [1, 2, 3, 4, 5].map((length) => word.slice(0, length)))),
    ];
    for (const word of words.slice(0, 20)) await ask("search", word);
    const measured: Record<"search" | "suggest" | "misspelt", Taken[][]> = {
      search: [],
      suggest: [],
      misspelt: [],
    };
    for (let round = 0; round < rounds; round += 1) {
      measured.search.push(await each([...words, ...pairsOf(words)], (text) => ask("search", text)));
      measured.suggest.push(await each(beginnings, (text) => ask("suggest", text)));
      measured.misspelt.push(
        await each(words.filter((word) => word.length > 4).map(swapped), (text) => ask("search", text)),
      );
    }
    const p95 = (taken: Taken[][]) =>
      taken.map((round) =>
        quantile(
          round.map(({ time }) => time),
          0.95,
        ),
      );
    const p50 = (taken: Taken[][]) =>
      taken.map((round) =>
        quantile(
          round.map(({ time }) => time),
          0.5,
        ),
      );
    const times = (name: string, taken: Taken[][], below: number) => ({
      name: `${name}, ${size.toLocaleString("en")} repositories, p95 inside the Worker`,
      unit: "ms",
      better: "less" as const,
      ours: p95(taken),
      peer: p50(taken),
      peerName: "median",
      wanted: { below },
    });
    const rows = measured.search[0]?.slice(0, commonWords).map((taken) => taken.rows) ?? [];
    return [
      times("search", measured.search, 40),
      times("suggestions", measured.suggest, 15),
      times("search for misspelt words", measured.misspelt, 40),
      {
        name: `rows read by a search for one of the ${commonWords} commonest words, most`,
        unit: "rows",
        better: "less",
        ours: [Math.max(...rows)],
        peer: [quantile(rows, 0.5)],
        peerName: "median",
        wanted: { below: 2000 },
      },
      {
        name: `search index of ${size.toLocaleString("en")} repositories, built`,
        unit: "s",
        better: "less",
        ours: [built],
        peer: [built],
        peerName: "the same",
        wanted: undefined,
      },
    ];
  },
};

async function untilBuilt(server: Server): Promise<void> {
  for (;;) {
    const response = await fetch(`${server.url}/api/v1/search/index`, {
      headers: { Authorization: `Bearer ${server.adminToken}` },
    });
    if (!response.ok)
      throw new Error(`GET /api/v1/search/index: ${response.status} ${await response.text()}`);
    const status = (await response.json()) as { documents: number; waiting: number; built_at: string | null };
    if (status.built_at !== null && status.waiting === 0 && status.documents === size) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function each(texts: readonly string[], ask: (text: string) => Promise<Taken>): Promise<Taken[]> {
  const taken: Taken[] = [];
  for (const text of texts) taken.push(await ask(text));
  return taken;
}

/** The words that most repositories of the catalogue have. */
function mostCommon(count: number): string[] {
  const repositories = new Map<string, number>();
  for (const { name, description } of catalogue(20_000))
    for (const word of new Set(`${name} ${description}`.toLowerCase().match(/[a-z0-9]+/g)))
      repositories.set(word, (repositories.get(word) ?? 0) + 1);
  return [...repositories]
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, count)
    .map(([word]) => word);
}

/** Each with the one behind it. */
function pairsOf(words: readonly string[]): string[] {
  return words.slice(1).map((word, index) => `${words[index]} ${word}`);
}

/** With two letters in the middle the wrong way round. */
function swapped(word: string): string {
  const middle = word.length >> 1;
  return word.slice(0, middle - 1) + word.charAt(middle) + word.charAt(middle - 1) + word.slice(middle + 1);
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
