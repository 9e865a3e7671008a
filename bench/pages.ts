import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { findProgram, succeed } from "../test/support/command.ts";
import { freePort, Server } from "../test/support/server.ts";
import { fillHarbour, giveHistory } from "./harbour.ts";
import type { Benchmark, Measurement } from "./measurement.ts";

const pages = {
  home: "/",
  search: "/search?q=node",
  repository: "/r/acme/lighthouse",
  tags: "/r/acme/lighthouse/-/tags",
  tag: "/r/acme/lighthouse/-/tags/latest",
} as const;
type PageName = keyof typeof pages;

/** Fetched by npx when this is measured: it is no dependency, because it brings as much along as all of them that are. */
const lighthouse = "lighthouse@13.5.0";

const categories = ["performance", "accessibility", "best-practices", "seo"] as const;

/** As far as it is read here. */
interface Report {
  audits: Record<string, { numericValue?: number }>;
  categories: Record<string, { score: number | null }>;
}

/** What Lighthouse says of one page: a phone of the middle class, slow 4G (150 ms, 1.6 Mbit/s), nothing kept from before. */
interface Seen {
  paint: number;
  largest: number;
  shift: number;
  scores: Record<(typeof categories)[number], number>;
}

/** The pages that people come to first, in Chromium, as Lighthouse measures them. */
export const pagesInBrowser: Benchmark = {
  name: "pages",
  needs: ["chromium"],
  rounds: 3,
  async measure({ rounds, cleanup }) {
    const server = cleanup.use(await Server.start());
    await fillHarbour(server);
    await imagesAreDescribed(server);
    await server.stop();
    await giveHistory(server);
    await server.start();
    const port = await freePort();
    const browser = await chromium.launch({
      executablePath: findProgram("chromium") ?? "chromium",
      // CI runs as root, whom Chromium refuses its sandbox. The pages are our own.
      args: ["--no-sandbox", `--remote-debugging-port=${port}`],
    });
    cleanup.defer(() => browser.close());
    const measurements: Measurement[] = [];
    for (const name of Object.keys(pages) as PageName[]) {
      // A hub that people read has its code in memory: what is measured is a visitor, not the start of the server.
      await packedSize(server.url + pages[name]);
      const seen: Seen[] = [];
      for (let round = 0; round < rounds; round += 1) seen.push(await look(server.url + pages[name], port));
      measurements.push(...timesOf(name, seen), ...scoresOf(name, seen));
    }
    const sizes = await Promise.all(Object.values(pages).map((path) => packedSize(server.url + path)));
    measurements.push(size("HTML of the largest of these pages, gzip", Math.max(...sizes), 60));
    measurements.push(size("scripts of all pages, gzip", await scriptSize(server), 35));
    return measurements;
  },
};

async function look(url: string, port: number): Promise<Seen> {
  const flags = [`--port=${port}`, "--output=json", "--quiet", `--only-categories=${categories.join(",")}`];
  const { audits, categories: found } = await report(url, flags);
  const valueOf = (audit: string) => audits[audit]?.numericValue ?? Number.NaN;
  const scores = Object.fromEntries(categories.map((name) => [name, (found[name]?.score ?? 0) * 100]));
  return {
    paint: valueOf("first-contentful-paint"),
    largest: valueOf("largest-contentful-paint"),
    shift: valueOf("cumulative-layout-shift"),
    scores: scores as Seen["scores"],
  };
}

/** Lighthouse now and then loses its trace of a page on a busy machine, and says so by its exit code. */
async function report(url: string, flags: readonly string[], attempts = 3): Promise<Report> {
  try {
    return JSON.parse(
      await succeed("npx", ["--yes", lighthouse, url, ...flags], { deadline: 300_000 }),
    ) as Report;
  } catch (error) {
    if (attempts <= 1) throw error;
    return report(url, flags, attempts - 1);
  }
}

function timesOf(page: PageName, seen: readonly Seen[]): Measurement[] {
  const paint = seen.map((each) => each.paint);
  const common = { unit: "ms", better: "less" } as const;
  return [
    {
      ...common,
      name: `page ${page}, first contentful paint`,
      ours: paint,
      peer: [1000],
      peerName: "a second",
      wanted: { below: 1000 },
    },
    {
      ...common,
      name: `page ${page}, largest contentful paint`,
      ours: seen.map((each) => each.largest),
      peer: paint,
      peerName: "the first",
      wanted: { below: 1200 },
    },
  ];
}

function scoresOf(page: PageName, seen: readonly Seen[]): Measurement[] {
  const common = { unit: "points", better: "more", peer: [100], peerName: "all" } as const;
  const rest = seen.map(({ scores }) => Math.min(scores.accessibility, scores["best-practices"], scores.seo));
  return [
    {
      ...common,
      name: `page ${page}, Lighthouse: performance`,
      ours: seen.map(({ scores }) => scores.performance),
      wanted: { ratio: 0.95 },
    },
    {
      ...common,
      name: `page ${page}, Lighthouse: least of accessibility, best practices, SEO`,
      ours: rest,
      wanted: { ratio: 1 },
    },
    {
      name: `page ${page}, layout shift`,
      unit: "",
      better: "less",
      ours: seen.map(({ shift }) => shift),
      peer: [0.05],
      peerName: "limit",
      wanted: { below: 0.05 },
    },
  ];
}

function size(name: string, bytes: number, limit: number): Measurement {
  const kilobytes = [bytes / 1000];
  return {
    name,
    unit: "kB",
    better: "less",
    ours: kilobytes,
    peer: [limit],
    peerName: "limit",
    wanted: { below: limit },
  };
}

async function packedSize(url: string): Promise<number> {
  const answer = await fetch(url, { headers: { Accept: "text/html" } });
  return gzipSync(await answer.text()).byteLength;
}

async function scriptSize(server: Server): Promise<number> {
  const html = await (await fetch(server.url)).text();
  const [path] = /\/assets\/wherry-\w+\.js/.exec(html) ?? [];
  if (path === undefined) throw new Error("The start page has no script.");
  return packedSize(server.url + path);
}

/** Resolves when the hub has looked into what was pushed: the start page then shows layers. */
async function imagesAreDescribed(server: Server): Promise<void> {
  const end = Date.now() + 120_000;
  for (;;) {
    const html = await (await fetch(`${server.url}/r/acme/lighthouse/-/tags/latest`)).text();
    if (html.includes("<rect")) return;
    if (Date.now() > end) throw new Error("The hub does not describe the images that were pushed.");
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
