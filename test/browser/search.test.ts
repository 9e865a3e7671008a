import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { Page } from "playwright-core";
import { buildImage, pushBuilt } from "../support/cargo.ts";
import { describeNeeding } from "../support/needs.ts";
import { OciClient } from "../support/oci-client.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs } from "./support/hub.ts";
import { takePictures } from "./support/pictures.ts";

const repositories = [
  { name: "admin/postgres", description: "A database of rows." },
  { name: "admin/postgrest", description: "An API for it." },
  { name: "admin/nginx", description: `A web server <script>alert("said")</script>` },
];

describeNeeding(needs, "finding an image", () => {
  let hub: Hub;
  let guest: Page;
  beforeAll(async () => {
    hub = await Hub.start();
    guest = await hub.visitor();
    const client = new OciClient(hub.server.url, { user: "admin", token: hub.server.adminToken });
    for (const { name, description } of repositories) {
      await api("POST", "/repositories", { name, visibility: "public" });
      await pushBuilt(client, name, buildImage({ steps: [{ command: "COPY . /", size: 1e6 }] }), ["latest"]);
      await api("PATCH", `/repositories/${name}/-/profile`, { description });
    }
    await found("nginx");
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  async function api(method: string, path: string, body: unknown): Promise<void> {
    const headers = {
      Authorization: `Bearer ${hub.server.adminToken}`,
      "Content-Type": "application/json",
    };
    const init = { method, headers, body: JSON.stringify(body) };
    const answer = await fetch(`${hub.server.url}/api/v1${path}`, init);
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  /** Resolves when the index knows all that was pushed: it follows behind the answers. */
  async function found(word: string): Promise<void> {
    await vi.waitFor(
      async () => {
        const answer = await fetch(`${hub.server.url}/api/v1/search?q=${word}`);
        const { results } = (await answer.json()) as { results: { description: string }[] };
        expect(results[0]?.description).toContain("server");
      },
      { timeout: 60_000, interval: 200 },
    );
  }

  test("takes a key and the beginning of its name", async () => {
    await guest.goto("/explore");
    await guest.keyboard.press("/");
    await guest.keyboard.type("postgre");
    const options = guest.getByRole("option");
    await options.first().waitFor();
    expect(await options.allTextContents()).toEqual([
      expect.stringContaining("admin/postgres"),
      expect.stringContaining("admin/postgrest"),
    ]);
    const field = guest.getByRole("combobox");
    expect(await field.getAttribute("aria-expanded")).toBe("true");
    await expectAccessible(guest);
    await takePictures(guest, "suggestions");
    await guest.keyboard.press("ArrowDown");
    await guest.keyboard.press("ArrowDown");
    expect(await field.getAttribute("aria-activedescendant")).toBe("search-suggestions-1");
    await guest.keyboard.press("ArrowUp");
    await guest.keyboard.press("Enter");
    await guest.waitForURL("**/r/admin/postgres");
  });

  test("gives way to what was typed: Escape closes, Enter without a choice searches", async () => {
    await guest.goto("/explore");
    await guest.keyboard.press("/");
    await guest.keyboard.type("nginx");
    await guest.getByRole("option").first().waitFor();
    await guest.keyboard.press("Escape");
    await guest.getByRole("option").first().waitFor({ state: "hidden" });
    expect(await guest.getByRole("combobox").inputValue()).toBe("nginx");
    await guest.keyboard.press("Enter");
    await guest.waitForURL("**/search?q=nginx");
    await guest.getByRole("link", { name: "admin/nginx" }).waitFor();
    expect(await guest.getByText(`A web server <script>`).count()).toBe(1);
  });

  test("works without scripts: the form, a filter, an order, a way back from nothing", async () => {
    const page = await hub.visitor({ javaScriptEnabled: false });
    await page.goto("/explore");
    await page.getByLabel("Search images").fill("postgres");
    await page.keyboard.press("Enter");
    await page.getByRole("link", { name: "admin/postgres", exact: true }).waitFor();
    await page.getByRole("link", { name: "Name", exact: true }).click();
    expect(new URL(page.url()).searchParams.get("sort")).toBe("name");
    await page.goto("/search?q=postgres&arch=riscv64");
    await page.getByRole("link", { name: "Look without the filters" }).click();
    await page.getByRole("link", { name: "admin/postgres", exact: true }).waitFor();
    await page.goto("/r/admin/nginxx");
    await page.getByLabel("Search for it").press("Enter");
    await page.waitForURL((url) => url.searchParams.get("q") === "admin/nginxx");
  });

  test("is fit to be read: results, a category, a namespace, with nothing in them and on a phone", async () => {
    for (const path of [
      "/search?q=postgres",
      "/search?q=nothing-like-it",
      "/categories/databases",
      "/n/admin",
      "/explore",
      "/",
    ]) {
      await guest.goto(path);
      expect(await guest.locator("h1").count(), path).toBe(1);
      await takePictures(guest, `find${path.replaceAll(/\W+/g, "-")}`);
      await expectAccessible(guest);
      await expectFits(guest);
    }
  });

  test("takes any words", async () => {
    for (const words of [
      `"; drop table`,
      "NEAR(a b)",
      "x".repeat(10_000),
      "🚢 ⛵",
      "مرحبا",
      "a\u0000b",
      "%",
    ]) {
      const answer = await fetch(`${hub.server.url}/search?${new URLSearchParams({ q: words }).toString()}`);
      expect(answer.status, words.slice(0, 20)).toBe(200);
    }
  });
});
