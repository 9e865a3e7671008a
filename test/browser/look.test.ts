import { afterAll, beforeAll, expect, test } from "vitest";
import type { Page } from "playwright-core";
import { describeNeeding } from "../support/needs.ts";
import { Hub, needs } from "./support/hub.ts";

describeNeeding(needs, "the look of pages", () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await Hub.start();
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  const ground = (page: Page) => page.evaluate(() => getComputedStyle(document.body).backgroundColor);

  test("follows the system, or what was chosen, without scripts and from the first paint on", async () => {
    const page = await hub.visitor({ javaScriptEnabled: false, colorScheme: "light" });
    await page.goto("/explore");
    const light = await ground(page);
    await page.getByRole("button", { name: "Colours: dark" }).click();
    await page.waitForURL("**/explore");
    const dark = await ground(page);
    expect(dark).not.toBe(light);
    expect(await page.locator("html").getAttribute("class")).toBe("dark");
    await page.goto("/sign-in");
    expect(await ground(page)).toBe(dark);
    await page.getByRole("button", { name: "Colours: as the system" }).click();
    await page.waitForURL("**/sign-in");
    expect(await ground(page)).toBe(light);
    await page.emulateMedia({ colorScheme: "dark" });
    expect(await ground(page)).toBe(dark);
  });

  test("has letters and icons of its own, from this hub, and nothing that the policy forbids", async () => {
    const page = await hub.visitor();
    const asked: string[] = [];
    const complaints: string[] = [];
    page.on("request", (request) => asked.push(request.url()));
    page.on("console", (message) => complaints.push(message.text()));
    // The letters are used from the second page on.
    for (const path of ["/", "/explore"]) await page.goto(path, { waitUntil: "networkidle" });
    expect(complaints).toEqual([]);
    expect(asked.filter((url) => !url.startsWith(hub.server.url))).toEqual([]);
    expect(asked.some((url) => url.endsWith(".woff2"))).toBe(true);
    expect(await page.evaluate(() => document.fonts.check('16px "Public Sans"'))).toBe(true);
    const icon = page.locator("search-box .icon use");
    expect(await icon.evaluate((use: SVGUseElement) => use.getBBox().width)).toBeGreaterThan(0);
  });

  test("on paper leaves out what cannot be pressed there", async () => {
    const page = await hub.visitor();
    await page.goto("/explore");
    await page.emulateMedia({ media: "print" });
    expect(await page.getByRole("heading", { name: "Explore" }).isVisible()).toBe(true);
    for (const name of ["search", "navigation", "contentinfo"] as const)
      for (const part of await page.getByRole(name).all()) expect(await part.isVisible(), name).toBe(false);
  });
});
