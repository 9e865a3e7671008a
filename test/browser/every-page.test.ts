import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { listFiles } from "../support/source-files.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs, signUp } from "./support/hub.ts";
import { walkByKeyboard } from "./support/keyboard.ts";
import { takePictures } from "./support/pictures.ts";

/** The addresses of all pages, from their declarations; those with a name or an id in them have tests of their own. */
const paths = listFiles("workers/web/pages/*.tsx").flatMap(({ text }) =>
  [...text.matchAll(/\bpath(?: =|:) "(?<path>\/[^":]*)"/g)].map(({ groups }) => groups?.["path"] ?? ""),
);

/** A name as long as names may be, without a place to break it. */
const longName = "a".repeat(64);

describeNeeding(needs, "every page", () => {
  let hub: Hub;
  let administrator: Page;
  let guest: Page;
  let user: Page;
  beforeAll(async () => {
    hub = await Hub.start();
    administrator = await hub.administrator();
    guest = await hub.visitor();
    user = await hub.visitor();
    await signUp(user, longName);
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test("is in the list", () => {
    expect(paths.length).toBeGreaterThan(20);
    expect(paths).toContain("/settings/security");
  });

  test.each(paths)("%s: axe finds nothing, it fits 320 px, and the Tab key goes through it", async (path) => {
    for (const [who, page] of Object.entries({ guest, user, administrator })) {
      const answer = await page.goto(path).catch((error: unknown) => {
        // A file, not a page.
        if (String(error).includes("Download is starting")) return undefined;
        throw error;
      });
      const reached = new URL(page.url()).pathname;
      if (!answer || reached !== path || answer.status() === 404) continue;
      expect(answer.status(), path).toBe(200);
      expect(await page.locator("h1").count(), path).toBe(1);
      await takePictures(page, `page${path.replaceAll("/", "-")}-${who}`);
      await expectAccessible(page);
      await expectFits(page);
      const stops = await walkByKeyboard(page);
      expect(stops.slice(0, 2)).toEqual(["Skip to the content", "Wherry"]);
      expect(stops.at(-1)).toBe("API document");
    }
  });

  test("an address that is nobody's is a page, too", async () => {
    const answer = await guest.goto("/nothing/here");
    expect(answer?.status()).toBe(404);
    await guest.getByText("There is no page at /nothing/here.").waitFor();
    await expectAccessible(guest);
    await takePictures(guest, "not-found");
  });
});
