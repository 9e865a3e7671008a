import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { callApi } from "../support/people.ts";
import { Hub, needs } from "./support/hub.ts";
import { createOrganization, createTeam, createToken, verified } from "./support/people.ts";

/** What a page must show as text. The image makes itself known when it is one. */
const markup = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

describeNeeding(needs, "attacks on the pages of organizations and tokens", () => {
  let hub: Hub;
  let ada: Page;
  let mallory: Page;
  beforeAll(async () => {
    hub = await Hub.start();
    const administrator = await hub.administrator();
    ada = await verified(hub, administrator, "ada");
    mallory = await verified(hub, administrator, "mallory");
    await createOrganization(ada, "acme");
    await createTeam(ada, "acme", "web");
    await createOrganization(mallory, "evil");
    await createTeam(mallory, "evil", "web");
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  /** Sends a form as its page would, with the cookies of somebody. */
  async function post(
    page: Page,
    path: string,
    form: Record<string, string>,
    headers: Record<string, string> = {},
  ) {
    return page.request.post(path, {
      form,
      headers: { Origin: hub.server.url, ...headers },
      maxRedirects: 0,
    });
  }

  async function expectText(page: Page, path: string, text: string): Promise<void> {
    const answer = await page.goto(path);
    expect(answer?.status(), path).toBe(200);
    expect(await page.getByText(text, { exact: false }).count(), path).toBeGreaterThan(0);
    expect(await page.locator("img, main script").count(), path).toBe(0);
    expect(await page.title(), path).not.toBe("taken");
  }

  test("markup in what people call things is text, on every page that shows it", async () => {
    const token = { user: "ada", token: await createToken(ada, markup, ["Pull", "Account"]) };
    await expectText(ada, "/settings/tokens", markup);
    await ada.getByRole("link", { name: markup }).click();
    await expectText(ada, ada.url(), markup);
    await callApi(hub.server, token, "PATCH", "/api/v1/organizations/acme", { display_name: markup });
    await callApi(hub.server, token, "PATCH", "/api/v1/organizations/acme/teams/web", {
      description: markup,
    });
    for (const path of [
      "",
      "/members",
      "/teams",
      "/teams/web",
      "/teams/web/settings",
      "/settings",
      "/audit",
      "/rename",
    ])
      await expectText(ada, `/organizations/acme${path}`, markup);
    await expectText(ada, "/organizations", markup);
    await expectText(ada, "/settings/audit", markup);
    const query = encodeURIComponent(markup);
    await ada.goto(`/organizations/acme/audit?actor=${query}&action=${query}`);
    expect(await ada.getByLabel("Who").inputValue()).toBe(markup);
    expect(await ada.locator("img, main script").count()).toBe(0);
  });

  test("a device cannot bring markup to the page that asks about it", async () => {
    const answer = await fetch(`${hub.server.url}/api/v1/device/authorize`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ client: markup.slice(0, 100) }),
    });
    const { user_code: code } = (await answer.json()) as { user_code: string };
    await expectText(ada, `/device/${code}`, markup.slice(0, 100));
  });

  test.each([
    ["another site", { Origin: "https://evil.example", "Sec-Fetch-Site": "cross-site" }],
    ["a neighbour of the same site", { Origin: "http://127.0.0.1:1", "Sec-Fetch-Site": "same-site" }],
    ["nowhere", { Origin: "null" }],
  ])("a form that comes from %s does nothing, whoever is signed in", async (_from, headers) => {
    const forms: [string, Record<string, string>][] = [
      ["/organizations/acme/teams/web/settings", { form: "delete" }],
      ["/organizations/acme/members/ada", { form: "remove" }],
      ["/organizations/acme/leave", { form: "leave" }],
      ["/organizations/acme/delete", { form: "delete", name: "acme" }],
      ["/settings/tokens/new", { form: "create", name: "x", repositories: "**", pull: "on", lifetime: "90" }],
      ["/organizations/new", { form: "create", name: "taken" }],
    ];
    for (const [path, form] of forms) expect((await post(ada, path, form, headers)).status(), path).toBe(403);
    expect((await ada.goto("/organizations/acme/teams/web"))?.status()).toBe(200);
    expect((await ada.goto("/organizations/taken"))?.status()).toBe(404);
  });

  test("who is not in an organization finds none of its pages, and none of its forms does anything", async () => {
    const absent = await mallory.goto("/organizations/nothing/members");
    expect(absent?.status()).toBe(404);
    const said = (await mallory.locator("main").textContent())?.replaceAll("nothing", "acme");
    const tabs = [
      "",
      "/members",
      "/members/ada",
      "/invitations",
      "/teams",
      "/teams/web",
      "/rules",
      "/robots",
      "/ci",
      "/tokens",
      "/audit",
      "/audit.jsonl",
      "/settings",
      "/rename",
      "/delete",
    ];
    for (const tab of tabs) {
      const answer = await mallory.goto(`/organizations/acme${tab}`);
      expect(answer?.status(), tab).toBe(404);
    }
    await mallory.goto("/organizations/acme/members");
    expect(await mallory.locator("main").textContent()).toBe(said);
    const forms: [string, Record<string, string>][] = [
      ["/teams/web", { form: "addMember", user: "mallory" }],
      ["/teams/web", { form: "removeMember", user: "ada" }],
      ["/teams/web/settings", { form: "delete" }],
      ["/members/ada", { form: "role", role: "guest" }],
      ["/members/ada", { form: "remove" }],
      ["/invitations/new", { form: "email", emails: "mallory@people.example", role: "owner", days: "7" }],
      ["/invitations/new", { form: "link", uses: "1", role: "member", days: "7" }],
      ["/rules", { form: "add", kind: "user", name: "mallory", role: "admin" }],
      ["/robots/new", { form: "create", name: "x", repositories: "acme/**", pull: "on", lifetime: "90" }],
      ["/settings", { form: "policy", repositoryCreation: "members", defaultVisibility: "public" }],
      ["/rename", { form: "rename", name: "stolen" }],
      ["/delete", { form: "delete", name: "acme" }],
    ];
    for (const [path, form] of forms)
      expect(
        (await post(mallory, `/organizations/acme${path}`, form)).status(),
        `${path} ${form["form"]}`,
      ).toBe(404);
    await ada.goto("/organizations/acme/members");
    expect(await ada.getByRole("row").count()).toBe(2);
  });

  test("ids of another organization's things in a form are as good as none", async () => {
    await ada.goto("/organizations/acme/invitations/new");
    await ada.getByLabel("E-mail addresses").fill("grace@people.example");
    await ada.getByRole("button", { name: "Send invitations" }).click();
    await ada.goto("/organizations/acme/invitations");
    const invitation = await ada.locator('input[name="id"]').first().getAttribute("value");
    await ada.goto("/organizations/acme/rules");
    await ada.getByLabel("Called").fill("web");
    await ada.getByRole("button", { name: "Add rule" }).click();
    await ada.getByText("The rule holds from now on").waitFor();
    const rule = await ada.locator('input[name="id"]').first().getAttribute("value");
    await createToken(ada, "mine", ["Pull"]);
    await ada.getByRole("link", { name: "All tokens" }).click();
    const token = new URL(
      (await ada.getByRole("link", { name: "mine" }).getAttribute("href")) ?? "",
      ada.url(),
    ).pathname;

    const evil = "/organizations/evil";
    expect(
      (await post(mallory, `${evil}/invitations`, { form: "revoke", id: invitation ?? "" })).status(),
    ).toBe(404);
    expect((await post(mallory, `${evil}/rules`, { form: "remove", id: rule ?? "" })).status()).toBe(404);
    expect((await mallory.goto(token))?.status()).toBe(404);
    for (const form of [
      { form: "revoke" },
      { form: "rotate", overlap: "none" },
      { form: "rename", name: "x" },
    ])
      expect((await post(mallory, token, form)).status(), form.form).toBe(404);

    await ada.goto("/organizations/acme/invitations");
    expect(await ada.getByRole("button", { name: /Revoke/ }).count()).toBe(1);
    await ada.goto("/organizations/acme/rules");
    expect(await ada.locator('input[name="id"]').count()).toBe(1);
    expect((await ada.goto(token))?.status()).toBe(200);
  });

  test("a member sees no page and sends no form that takes more than their role", async () => {
    await ada.goto("/organizations/acme/invitations/new");
    await ada.getByLabel("E-mail addresses").fill("mallory@people.example");
    await ada.getByRole("button", { name: "Send invitations" }).click();
    const link = await ada.getByRole("region", { name: "Link for mallory@people.example" }).textContent();
    await mallory.goto((link ?? "").trim());
    await mallory.getByRole("button", { name: "Join acme" }).click();
    await mallory.getByText("You are a member of acme now.").waitFor();
    for (const tab of [
      "/members/ada",
      "/invitations",
      "/robots",
      "/ci",
      "/tokens",
      "/audit",
      "/audit.jsonl",
      "/settings",
      "/rename",
      "/delete",
    ])
      expect((await mallory.goto(`/organizations/acme${tab}`))?.status(), tab).toBe(403);
    const forms: [string, Record<string, string>][] = [
      ["/teams/web", { form: "addMember", user: "mallory" }],
      ["/teams/web/settings", { form: "delete" }],
      ["/members/mallory", { form: "role", role: "owner" }],
      ["/rules", { form: "add", kind: "user", name: "mallory", role: "admin" }],
      ["/new-team", { form: "create", name: "mine" }],
    ];
    for (const [path, form] of forms)
      expect(
        (await post(mallory, `/organizations/acme${path}`, form)).status(),
        `${path} ${form["form"]}`,
      ).toBe(403);
  });
});
