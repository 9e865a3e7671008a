import type { Benchmark } from "./measurement.ts";
import { requestRate } from "./wrk.ts";

const few = 100;
const many = 10_000;
const page = 100;
const tagName = (index: number): string => `tag-${String(index).padStart(5, "0")}`;

/** A page of tags from the middle of many against a page of few: it must not matter how many there are. */
export const tags: Benchmark = {
  name: "tags",
  needs: ["wrk"],
  rounds: 9,
  async measure({ ours, rounds }) {
    const small = { repository: "bench/few-tags", count: few, last: "", rates: [] as number[] };
    const large = {
      repository: "bench/many-tags",
      count: many,
      last: tagName(many / 2),
      rates: [] as number[],
    };
    for (const { repository, count } of [small, large]) {
      const names = Array.from({ length: count }, (_, index) => tagName(index));
      await ours.client.pushSmallImage(repository, names);
    }
    for (let round = 0; round < rounds; round++) {
      for (const { repository, last, rates } of round % 2 === 0 ? [small, large] : [large, small]) {
        const url = `${ours.base}/v2/${repository}/tags/list?n=${page}&last=${last}`;
        const headers = await ours.client.authorization(repository);
        const listed = (await (await fetch(url, { headers })).json()) as { tags: string[] };
        if (listed.tags.length !== page)
          throw new Error(`${url} listed ${listed.tags.length} tags instead of ${page}.`);
        rates.push(await requestRate({ url, headers, connections: 1, seconds: 2 }));
      }
    }
    const milliseconds = (values: readonly number[]) => values.map((rate) => 1000 / rate);
    return [
      {
        name: "tag list, page of 100 out of 10,000",
        unit: "ms",
        better: "less",
        ours: milliseconds(large.rates),
        peer: milliseconds(small.rates),
        peerName: "out of 100",
        wanted: { ratio: 0.83 },
      },
    ];
  },
};
