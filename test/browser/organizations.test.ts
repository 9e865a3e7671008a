import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { callApi } from "../support/people.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs, signIn } from "./support/hub.ts";
import { tabTo, walkByKeyboard } from "./support/keyboard.ts";
import { createOrganization, createTeam, createToken, verified } from "./support/people.ts";
import { takePictures } from "./support/pictures.ts";

/** As long as names can be. */
const longName = "the-harbour-office-of-a-very-long-name-that-somebody-chose-60";
const home = `/organizations/${longName}`;

describeNeeding(needs, "an organization, in the browser", () => {
  let hub: Hub;
  let ada: Page;
  beforeAll(async () => {
    hub = await Hub.start();
    ada = await verified(hub, await hub.administrator(), "ada");
    await createOrganization(ada, "acme");
    await fillOrganization(hub, ada);
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test.each([
    ["tokens", "/settings/tokens"],
    ["new-token", "/settings/tokens/new"],
    ["robots", "/settings/robots"],
    ["new-robot", "/settings/robots/new"],
    ["ci", "/settings/ci"],
    ["new-ci", "/settings/ci/new"],
    ["own-audit", "/settings/audit"],
  ])("the page %s with nothing in it has no fault", async (name, path) => {
    await expectGood(ada, path, `empty-${name}`);
  });

  test.each([
    "",
    "/members",
    "/invitations",
    "/invitations/new",
    "/teams",
    "/new-team",
    "/rules",
    "/robots",
    "/robots/new",
    "/ci",
    "/ci/new",
    "/tokens",
    "/tokens/new",
    "/audit",
    "/settings",
    "/rename",
    "/delete",
    "/leave",
    "/members/ada",
  ])("the page /organizations/acme%s with nothing in it has no fault", async (tab) => {
    await expectGood(ada, `/organizations/acme${tab}`, `acme${tab.replaceAll("/", "-")}`);
  });

  test("a list of more than a hundred goes on on another page", async () => {
    await ada.goto(`${home}/teams`);
    expect(await ada.getByRole("row").count()).toBe(101);
    await ada.getByRole("link", { name: "More teams" }).click();
    await ada.getByRole("link", { name: "From the start" }).waitFor();
    expect(await ada.getByRole("row").count()).toBe(22);
  });

  test.each([
    "",
    "/members",
    "/members?name=nobody",
    "/invitations",
    "/invitations/new",
    "/teams",
    `/teams/${longName}`,
    `/teams/${longName}/settings`,
    "/rules",
    "/robots",
    "/ci",
    "/audit",
    "/audit?action=team&since=2020-01-01&until=2020-01-02",
    "/settings",
    "/delete",
    "/members/ada",
  ])("the page <organization with long names>%s has no fault", async (tab) => {
    await expectGood(ada, home + tab, `long${tab.replaceAll(/[^a-z]+/g, "-").slice(0, 40)}`);
  });

  test.each([
    "",
    "/-/access",
    "/-/explain",
    "/-/explain?who=somebody&action=push",
    "/-/settings",
    "/-/delete",
  ])("the page <repository with a long name>%s has no fault", async (tab) => {
    await expectGood(ada, `/r/${longName}/${longName}${tab}`, `repository${tab.replaceAll(/[^a-z]+/g, "-")}`);
  });

  test("the keyboard alone makes an organization, a team in it, and a member of the team", async () => {
    await ada.goto("/organizations");
    await tabTo(ada, "New organization");
    await ada.keyboard.press("Enter");
    await ada.getByRole("heading", { name: "New organization" }).waitFor();
    await ada.keyboard.type("keys");
    await ada.keyboard.press("Enter");
    await ada.getByText("keys is there, and you are its owner.").waitFor();
    await tabTo(ada, "Make the first team");
    await ada.keyboard.press("Enter");
    await ada.getByRole("heading", { name: "New team" }).waitFor();
    await ada.keyboard.type("web");
    await ada.keyboard.press("Enter");
    await ada.getByText("The team web is there.").waitFor();
    await tabTo(ada, "Name");
    await ada.keyboard.type("ada");
    await ada.keyboard.press("Enter");
    await ada.getByText("ada is in the team web.").waitFor();
    await tabTo(ada, "Remove ada from the team");
    await ada.keyboard.press("Enter");
    await ada.getByText("ada is not in the team web any more.").waitFor();
  });

  test("without scripts an organization is made, people are invited, and rights are given and explained", async () => {
    const page = await hub.visitor({ javaScriptEnabled: false });
    await signIn(page, "ada");
    await page.getByText("Hello, ada").waitFor();
    await createOrganization(page, "quiet");
    await createTeam(page, "quiet", "web");
    await page.goto("/organizations/quiet/invitations/new");
    await page.getByLabel("How often it can be used").fill("2");
    await page.getByRole("button", { name: "Make link" }).click();
    const link = await page.getByRole("region", { name: "Invitation link" }).textContent();
    expect((await page.goto((link ?? "").trim()))?.status()).toBe(200);
    await page.goto("/repositories/new");
    await page.getByLabel("Name", { exact: true }).fill("quiet/web");
    await page.getByRole("button", { name: "Create repository" }).click();
    await page.getByText("quiet/web is there, and private.").waitFor();
    await page.getByRole("link", { name: "Access" }).click();
    await page.getByLabel("To", { exact: true }).selectOption("A team");
    await page.getByLabel("Called").fill("web");
    await page.getByRole("button", { name: "Give right" }).click();
    await page.getByText("web has the right Read now.").waitFor();
    await page.getByRole("link", { name: "Settings", exact: true }).click();
    await page.getByLabel("New name").fill("quiet/site");
    await page.getByRole("button", { name: "Rename quiet/web" }).click();
    await page.getByText("quiet/web is called quiet/site now.").waitFor();
    // The old name leads on, to the same page.
    await page.goto("/r/quiet/web/-/settings");
    expect(new URL(page.url()).pathname).toBe("/r/quiet/site/-/settings");
    await page.getByRole("button", { name: "Release the old name quiet/web" }).click();
    await page.getByText("leads nowhere now").waitFor();
    expect((await page.goto("/r/quiet/web"))?.status()).toBe(404);
    await page.goto("/r/quiet/site/-/delete");
    await page.getByLabel("To go on, type quiet/site").fill("quiet/site");
    await page.getByRole("button", { name: "Delete repository quiet/site" }).click();
    await page.getByText("quiet/site is deleted.").waitFor();
    await page.goto("/organizations/quiet/delete");
    await page.getByLabel("To go on, type quiet").fill("quiet");
    await page.getByRole("button", { name: "Delete organization quiet and its 1 team" }).click();
    await page.getByText("The organization quiet is deleted.").waitFor();
  });

  /** Without a fault by axe, in both colour schemes; nothing sticks out at any width; the keyboard gets everywhere. */
  async function expectGood(page: Page, path: string, picture: string): Promise<void> {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    await takePictures(page, picture);
    await expectAccessible(page);
    await expectFits(page);
    await walkByKeyboard(page);
  }
});

/** As long as names can be, in every place that has one. */
async function fillOrganization(hub: Hub, page: Page): Promise<void> {
  await createOrganization(page, longName);
  const ada = {
    user: "ada",
    token: await createToken(page, longName, ["Pull", "Push", "Administer", "Account"]),
  };
  const call = (path: string, body: object) => callApi(hub.server, ada, "POST", path, body);
  const organization = `/api/v1/organizations/${longName}`;
  for (let number = 0; number < 120; number++)
    await call(`${organization}/teams`, { name: `team-${number}`, description: "x".repeat(number) });
  await call("/api/v1/repositories", { name: `${longName}/${longName}` });
  await createTeam(page, longName, longName);
  await page.getByLabel("Name", { exact: true }).fill("ada");
  await page.getByRole("button", { name: "Add member" }).click();
  await page.getByText(`ada is in the team ${longName}.`).waitFor();
  await page.getByLabel("Repository", { exact: true }).fill(longName);
  await page.getByLabel("Right", { exact: true }).selectOption("write");
  await page.getByRole("button", { name: "Give right" }).click();
  await page.getByText(`in ${longName}/${longName}.`).waitFor();
  await page.goto(`${home}/rules`);
  await page.getByLabel("Called").fill(longName);
  await page.getByRole("button", { name: "Add rule" }).click();
  await page.getByText("The rule holds from now on").waitFor();
  await page.goto(`${home}/robots/new`);
  await page.getByLabel("Name", { exact: true }).fill(longName);
  await page.getByRole("button", { name: "Create robot" }).click();
  await page.getByText("Copy it now").waitFor();
  await page.goto(`${home}/ci/new`);
  await page.getByLabel("Name", { exact: true }).fill(longName);
  await page.getByLabel("Claims").fill(`repository = ${longName}/${longName}\nref = refs/heads/*`);
  await page.getByRole("button", { name: "Create rule" }).click();
  await page.getByText("holds from now on").waitFor();
  await page.goto(`${home}/invitations/new`);
  await page.getByLabel("E-mail addresses").fill("grace@people.example\nnobody\nada@people.example");
  await page.getByRole("button", { name: "Send invitations" }).click();
  await page.getByRole("heading", { name: /1 person invited/ }).waitFor();
}
