import { expect, test } from "vitest";
import { apiEndpoints } from "../../../workers/app.ts";
import { goodRequest, pathOf, titleOf, type Endpoint } from "./support/requests.ts";
import { Scene, type Sent } from "./support/scene.ts";

/** Values that are wrong for most fields, and have broken servers. */
const strange: unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  "",
  " ",
  "\u0000",
  "\ud800",
  "a\nb: c",
  "' or 1=1 --",
  "%",
  "*".repeat(300),
  "**/".repeat(100),
  "x".repeat(60_000),
  "../../etc",
  "2026-13-45T99:99:99Z",
  "+275760-09-13T00:00:00.001Z",
  "9".repeat(400),
  [],
  [[]],
  {},
  { toJSON: 1 },
  Array.from({ length: 2000 }, () => "x"),
];

/** Bodies that are wrong as a whole. */
const strangeBodies: unknown[] = [
  "",
  "{",
  "null",
  "[]",
  '"x"',
  "1e999",
  "{".repeat(20_000),
  "[".repeat(60_000),
  `${'{"a":'.repeat(9_000)}1${"}".repeat(9_000)}`,
  `{"__proto__":{"administrator":true}}`,
  `{"name":"a","name":"b"}`,
  "x".repeat(70_000),
  "\ufeff{}",
];

const strangeParts = [
  "",
  ".",
  "..",
  "%00",
  "%",
  "%ff",
  "%2e%2e",
  "%2F",
  "a%2Fb",
  "-",
  "'",
  "*",
  "%F0%9F%A6%8A",
  "x".repeat(2000),
];

const strangeQueries = [
  "unknown=1",
  "n=1&n=2",
  "n=-1",
  "n=99999999999",
  "n=1e3",
  "n=0",
  "n=",
  "last=%00",
  "last=%ff",
  "last=9007199254740993",
  "last=-1",
  "last=%27%20or%201=1",
  `last=${"x".repeat(1001)}`,
  `last=${"%F0%9F%A6%8A".repeat(100)}`,
  "&&&===",
  "%",
  "__proto__=1",
];

/** Whether the answer is one that was meant: never a failure of the hub's own, and of a refusal a problem that says why. */
async function meant(response: Response): Promise<unknown> {
  const text = await response.text();
  if (response.status >= 500) return `${response.status}: ${text}`;
  if (response.status < 400) return true;
  const { status, detail } = JSON.parse(text) as { status: number; detail: string };
  return status === response.status && detail.length > 10 && detail.length < 5000;
}

/** Sends what `variants` makes of each endpoint's good request, as people who may do much, and expects no failure. */
async function fuzz(variants: (endpoint: Endpoint, good: Sent, scene: Scene) => Sent[]): Promise<void> {
  const scene = await Scene.make(1);
  for (const endpoint of apiEndpoints) {
    // So that no variant succeeds in taking away what the next ones are about.
    const actor = endpoint.access === "administrator" ? "administrator" : "owner";
    for (const sent of variants(endpoint, goodRequest(endpoint, scene, actor), scene)) {
      const shown = [titleOf(endpoint), JSON.stringify(sent).slice(0, 300)];
      expect([...shown, await meant(await scene.send(actor, sent))]).toEqual([...shown, true]);
    }
  }
}

const patience = 300_000;

test(
  "no field of any body makes the hub fail, whatever is in it",
  () =>
    fuzz(({ body }, good) =>
      Object.keys(body?.shape ?? {}).flatMap((name) =>
        strange.map((value) => ({ ...good, body: { ...(good.body as object), [name]: value } })),
      ),
    ),
  patience,
);

test(
  "no body makes the hub fail, whatever it is",
  () => fuzz(({ body }, good) => (body ? strangeBodies.map((text) => ({ ...good, body: text })) : [])),
  patience,
);

test(
  "no query makes the hub fail",
  () =>
    fuzz((endpoint, good) => {
      if (endpoint.method !== "GET") return [];
      const [path = ""] = good.path.split("?");
      const own = Object.keys(endpoint.query.shape).flatMap((name) =>
        strange
          .filter((value) => typeof value === "string" && value.length < 2000 && value.isWellFormed())
          .map((value) => `${name}=${encodeURIComponent(String(value))}`),
      );
      return [...strangeQueries, ...own].map((query) => ({ ...good, path: `${path}?${query}` }));
    }),
  patience,
);

test(
  "no part of a path makes the hub fail",
  () =>
    fuzz((endpoint, good) => {
      const places = endpoint.path.split("/").filter((part) => part.startsWith(":"));
      return places.flatMap((place) =>
        strangeParts.map((part) => {
          const marked = pathOf(endpoint, (name, here) =>
            here === place ? "STRANGE" : partOf(good.path, endpoint, here) || name,
          );
          return { ...good, path: marked.replace("STRANGE", part) };
        }),
      );
    }),
  patience,
);

/** What a filled-in path has at a place; "" where that may have slashes. */
function partOf(filled: string, { path }: Endpoint, place: string): string {
  const parts = path.split("/");
  if (place.endsWith("{.+}")) return "";
  return decodeURIComponent(
    filled
      .split("?")[0]
      ?.split("/")
      .at(parts.indexOf(place) - parts.length) ?? "",
  );
}
