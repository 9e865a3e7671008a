import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs, signUp } from "./support/hub.ts";
import { createOrganization, verified } from "./support/people.ts";
import { takePictures } from "./support/pictures.ts";

/** As long as names may be, without a place to break it. */
const longName = "m".repeat(64);

describeNeeding(needs, "administrators", () => {
  let hub: Hub | undefined;
  let administrator: Page;
  beforeAll(async () => {
    hub = await Hub.start();
    administrator = await hub.administrator();
    const alice = await verified(hub, administrator, "alice");
    await createOrganization(alice, "acme");
    await signUp(await hub.visitor(), longName);
    for (const name of [
      "acme/web",
      "acme/worker",
      "alice/harbour",
      `${longName}/${"long-name-".repeat(17)}x`,
    ])
      await call(hub, "POST", "/api/v1/repositories", { name, visibility: "public" });
  });
  afterAll(() => hub?.[Symbol.asyncDispose]());

  async function call({ server }: Hub, method: string, path: string, body: unknown): Promise<void> {
    const headers = { Authorization: `Bearer ${server.adminToken}`, "Content-Type": "application/json" };
    const answer = await fetch(server.url + path, { method, headers, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  }

  test("choose badges and what is featured, and everybody sees it", async () => {
    const page = administrator;
    await page.goto("/");
    await page.getByRole("link", { name: "Admin", exact: true }).click();
    await page.getByRole("link", { name: "Badges" }).click();
    for (const [name, badge] of [
      ["acme", "official"],
      [longName, "verified"],
    ] as const) {
      await page.getByLabel("User or organization").fill(name);
      await page.getByLabel("Badge", { exact: true }).selectOption(badge);
      await page.getByRole("button", { name: "Give the badge" }).click();
      await page.getByText(`${name} is ${badge} now.`).waitFor();
    }
    await look("badges");

    await page.getByRole("link", { name: "Featured" }).click();
    for (const name of ["alice/harbour", "acme/web", `${longName}/${"long-name-".repeat(17)}x`]) {
      await page.getByLabel("Name of a public repository").fill(name);
      await page.getByRole("button", { name: "Feature it" }).click();
      await page.getByText(`${name} is featured.`).waitFor();
    }
    await page.getByRole("button", { name: "Move up acme/web" }).click();
    await page.getByText("acme/web stands one place further up.").waitFor();
    expect(await page.locator("tbody tr").first().textContent()).toContain("acme/web");
    await look("featured");

    const guest = await hub?.visitor();
    await guest?.goto("/");
    await guest?.getByRole("link", { name: "acme/web" }).first().waitFor();
  });

  test("say something to everybody on top of every page", async () => {
    const page = administrator;
    await page.goto("/admin/settings");
    await page.getByLabel("What the hub is called").fill("Harbour office");
    await page.getByLabel("Announcement").fill("On Sunday the crane is greased <from 9 to 10>");
    await page.getByLabel("Where it leads").fill("javascript:alert(1)");
    await page.getByRole("button", { name: "Save the name and the announcement" }).click();
    await page.getByText("is no address; it begins with https:// or /").first().waitFor();
    await page.getByLabel("Where it leads").fill("/explore");
    await page.getByRole("button", { name: "Save the name and the announcement" }).click();
    await page.getByText("On Sunday the crane is greased <from 9 to 10>").first().waitFor();
    expect(await page.title()).toBe("Settings of the hub · Harbour office");
    await look("settings");
  });

  test("look after people, organizations, storage and the hub itself", async () => {
    const page = administrator;
    await page.goto("/admin/users");
    await page.getByRole("link", { name: longName }).click();
    await page.getByRole("heading", { name: longName, exact: true }).waitFor();
    await look("user");
    await page.goto("/admin/organizations");
    await takePictures(page, "admin-organizations");
    await page.goto("/admin/storage");
    await page.getByRole("button", { name: "Count again" }).click();
    await page.getByText("The count has begun").waitFor();
    await takePictures(page, "admin-storage");
    await page.goto("/admin/audit");
    await page.getByText("hub.featured").first().waitFor();
    await takePictures(page, "admin-audit");
    await page.goto("/admin");
    await page.getByRole("button", { name: "Make the search index anew" }).click();
    await page.getByText("The search index is being made anew").waitFor();
    await look("overview");
  });

  async function look(name: string): Promise<void> {
    await takePictures(administrator, `admin-${name}`);
    await expectAccessible(administrator);
    await expectFits(administrator);
  }
});
