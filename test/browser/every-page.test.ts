import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { listFiles } from "../support/source-files.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs, signUp } from "./support/hub.ts";
import { walkByKeyboard } from "./support/keyboard.ts";
import { takePictures } from "./support/pictures.ts";

/** The addresses of all pages, from their declarations; those with a name or an id in them have tests of their own. */
const declared = /(?:\bpage\(\{\s+path:|^const path =) "(?<path>\/[^":]*)"/gm;
const paths = listFiles("workers/web/pages/*.tsx").flatMap(({ text }) =>
  [...text.matchAll(declared)].map(({ groups }) => groups?.["path"] ?? ""),
);

/** A name as long as names may be, without a place to break it. */
const longName = "a".repeat(64);

describeNeeding(needs, "every page", () => {
  let hub: Hub | undefined;
  let administrator: Page;
  let guest: Page;
  let user: Page;
  /** What the browser had to say of the pages. */
  const complaints: string[] = [];
  beforeAll(async () => {
    hub = await Hub.start();
    administrator = await hub.administrator();
    guest = await hub.visitor();
    user = await hub.visitor();
    await signUp(user, longName);
    for (const page of [guest, user, administrator])
      page.on("console", (message) => {
        // Such as of the Content-Security-Policy; a 404 is what some pages are to some people.
        if (message.type() === "error" && !message.text().includes("404")) complaints.push(message.text());
      });
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  test("is in the list", () => {
    expect(paths.length).toBeGreaterThan(20);
    expect(paths).toContain("/settings/security");
  });

  test.each(paths)("%s: axe finds nothing, it fits 320 px, and the Tab key goes through it", async (path) => {
    const seen: Page[] = [];
    for (const page of [guest, user, administrator]) {
      // What a user sees an administrator sees likewise.
      if (page === administrator && seen.includes(user)) continue;
      if (!(await opens(page, path))) continue;
      seen.push(page);
      expect(await page.locator("h1").count(), path).toBe(1);
      await takePictures(page, `page${path.replaceAll("/", "-")}${page === guest ? "-guest" : ""}`);
      await expectAccessible(page);
      await expectFits(page);
      const stops = await walkByKeyboard(page);
      expect(stops.slice(0, 2)).toEqual(["Skip to the content", "Wherry"]);
      expect(stops.at(-1)).toBe("API document");
    }
    expect(complaints).toEqual([]);
  });

  test("an address that is nobody's is a page, too", async () => {
    const answer = await guest.goto("/nothing/here");
    expect(answer?.status()).toBe(404);
    await guest.getByText("There is no page at /nothing/here.").waitFor();
    await expectAccessible(guest);
    await takePictures(guest, "not-found");
  });
});

/** Whether a page is there for somebody: not a file, not elsewhere, not for others. */
async function opens(page: Page, path: string): Promise<boolean> {
  const answer = await page.goto(path).catch((error: unknown) => {
    if (String(error).includes("Download is starting")) return undefined;
    throw error;
  });
  if (!answer || new URL(page.url()).pathname !== path || answer.status() === 404) return false;
  expect(answer.status(), path).toBe(200);
  return true;
}
