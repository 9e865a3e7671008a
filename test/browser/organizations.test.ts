import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs } from "./support/hub.ts";
import { walkByKeyboard } from "./support/keyboard.ts";
import { createOrganization, createTeam, createToken, verified } from "./support/people.ts";
import { takePictures } from "./support/pictures.ts";

/** As long as names can be. */
const longName = "the-harbour-office-of-a-very-long-name-that-somebody-chose-60";

describeNeeding(needs, "an organization, in the browser", () => {
  let hub: Hub;
  let administrator: Page;
  let ada: Page;
  beforeAll(async () => {
    hub = await Hub.start();
    administrator = await hub.administrator();
    ada = await verified(hub, administrator, "ada");
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  async function expectGood(page: Page, path: string, picture: string): Promise<void> {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await takePictures(page, picture);
    await expectAccessible(page);
    await expectFits(page);
    await walkByKeyboard(page);
  }

  test.each([
    ["organizations", "/organizations"],
    ["new-organization", "/organizations/new"],
    ["repositories", "/repositories"],
    ["new-repository", "/repositories/new"],
    ["tokens", "/settings/tokens"],
    ["new-token", "/settings/tokens/new"],
    ["robots", "/settings/robots"],
    ["new-robot", "/settings/robots/new"],
    ["ci", "/settings/ci"],
    ["new-ci", "/settings/ci/new"],
    ["own-audit", "/settings/audit"],
    ["device", "/device"],
  ])("the page %s with nothing in it has no fault", async (name, path) => {
    await expectGood(ada, path, `empty-${name}`);
  });

  test("every page of an organization with nothing in it has no fault", async () => {
    await createOrganization(ada, "empty");
    for (const tab of ["", "/members", "/invitations", "/invitations/new", "/teams", "/new-team", "/rules", "/robots", "/robots/new", "/ci", "/ci/new", "/tokens", "/tokens/new", "/audit", "/settings", "/rename", "/delete", "/leave", "/members/ada"])
      await expectGood(ada, `/organizations/empty${tab}`, `empty-organization${tab.replaceAll("/", "-")}`);
  });

  test("every page of an organization with long names and a lot in it has no fault", async () => {
    await createOrganization(ada, longName);
    const home = `/organizations/${longName}`;
    const api = await apiOf(ada);
    for (let number = 0; number < 120; number++)
      await api("POST", `/api/v1/organizations/${longName}/teams`, { name: `team-${number}`, description: "x".repeat(number) });
    await api("POST", `/api/v1/repositories`, { name: `${longName}/${longName}` });
    await createTeam(ada, longName, longName);
    await ada.getByLabel("Name", { exact: true }).fill("ada");
    await ada.getByRole("button", { name: "Add member" }).click();
    await ada.getByText(`ada is in the team ${longName}.`).waitFor();
    await ada.getByLabel("Repository").fill(longName);
    await ada.getByLabel("Right").selectOption("write");
    await ada.getByRole("button", { name: "Give right" }).click();
    await ada.getByText(`in ${longName}/${longName}.`).waitFor();
    await ada.goto(`${home}/rules`);
    await ada.getByLabel("Called").fill(longName);
    await ada.getByRole("button", { name: "Add rule" }).click();
    await ada.getByText("The rule holds from now on").waitFor();
    await ada.goto(`${home}/invitations/new`);
    await ada.getByLabel("E-mail addresses").fill("grace@people.example\nnobody\nada@people.example");
    await ada.getByRole("button", { name: "Send invitations" }).click();
    await ada.getByRole("heading", { name: /1 person invited/ }).waitFor();
    await takePictures(ada, "invited");
    await expectAccessible(ada);
    await expectFits(ada);
    for (const tab of ["", "/members", "/invitations", "/teams", `/teams/${longName}`, `/teams/${longName}/settings`, "/rules", "/audit", "/settings", "/delete", "/members/ada"])
      await expectGood(ada, home + tab, `long${tab.replaceAll("/", "-").replace(longName, "team")}`);
    const repository = `/r/${longName}/${longName}`;
    for (const tab of ["", "/-/access", "/-/explain", "/-/settings", "/-/delete"])
      await expectGood(ada, repository + tab, `repository${tab.replaceAll("/", "")}`);
    expect(await ada.goto(`${home}/teams`).then(() => ada.getByRole("link", { name: "More teams" }).count())).toBe(1);
  });

  /** Calls the API as somebody, with a token for everything. */
  async function apiOf(page: Page) {
    await page.goto("/settings/tokens/new");
    await page.getByLabel("Name", { exact: true }).fill("api");
    for (const box of ["Pull", "Push", "Administer", "Account"]) await page.getByLabel(box, { exact: true }).check();
    await page.getByRole("button", { name: "Create token" }).click();
    const token = ((await page.getByRole("region", { name: "Token", exact: true }).textContent()) ?? "").trim();
    return async (method: string, path: string, body: unknown) => {
      const answer = await fetch(hub.server.url + path, {
        method,
        headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
        body: JSON.stringify(body),
      });
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
    };
  }
});
