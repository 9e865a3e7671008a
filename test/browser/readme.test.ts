import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { foreignHost, hostileReadmes } from "../support/hostile-readmes.ts";
import { describeNeeding } from "../support/needs.ts";
import { callApi, createPerson } from "../support/people.ts";
import type { Login } from "../support/oci-client.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs } from "./support/hub.ts";
import { verified } from "./support/people.ts";
import { takePictures } from "./support/pictures.ts";

const lighthouse = `# Lighthouse

Health checks for **small** fleets. See [the manual](docs/manual.md), [how to run it](#run-it), and ~~not~~ this[^1].

[![build](https://ci.example/badge.svg)](https://ci.example/acme)

> [!WARNING]
> It listens on all addresses.

> [!TIP]
> Give it a volume.

## Run it

\`\`\`sh
docker run --detach --publish 8080:8080 --volume lighthouse:/var/lib/lighthouse hub.example/ada/lighthouse:latest --with-a-long-option
\`\`\`

- [x] one binary
- [ ] no database
- a list
  1. in a list

| Variable | Default | What it does |
| :-- | --: | --- |
| \`LIGHTHOUSE_INTERVAL\` | 30s | between two checks |
| \`LIGHTHOUSE_A_VERY_LONG_NAME_OF_A_VARIABLE_THAT_NOBODY_SETS\` | a long default value that goes on | nothing |

<details><summary>More</summary>

Press <kbd>Ctrl</kbd>+<kbd>C</kbd>.

</details>

[^1]: A footnote.
`;

describeNeeding(needs, "READMEs", () => {
  let hub: Hub;
  let administrator: Page;
  let ada: Login;
  beforeAll(async () => {
    hub = await Hub.start();
    administrator = await hub.administrator();
    ada = await createPerson(hub.server, "ada");
    for (const name of ["ada/hostile", "ada/lighthouse"])
      await callApi(hub.server, ada, "POST", "/api/v1/repositories", { name, visibility: "public" });
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  const write = async (name: string, readme: string) =>
    callApi(hub.server, ada, "PUT", `/api/v1/repositories/${name}/-/readme`, { readme });

  test("that are hostile run nothing, ask nobody, and break no rule of the page", async () => {
    const page = await hub.visitor();
    const wrong: string[] = [];
    page.on("console", (message) => {
      if (message.type() === "error" || message.type() === "warning") wrong.push(message.text());
    });
    page.on("dialog", (dialog) => {
      wrong.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(hub.server.url)) wrong.push(`asks ${request.url()}`);
    });
    page.on("pageerror", (error) => wrong.push(error.message));
    await page.addInitScript(() => {
      document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
        console.error(`policy: ${violatedDirective} ${blockedURI}`),
      );
    });
    for (const [what, source] of Object.entries(hostileReadmes)) {
      await write("ada/hostile", source);
      await page.goto("/r/ada/hostile");
      const readme = page.locator(".readme");
      await readme.waitFor();
      await readme.hover();
      expect(await page.title(), what).not.toBe("taken");
      expect(new URL(page.url()).pathname, what).toBe("/r/ada/hostile");
      expect(await page.locator("h1").count(), what).toBe(1);
      // Neither is what the page itself is made of.
      expect(
        await page.locator(".readme :is(form, input, button, iframe, style, script, svg)").count(),
        what,
      ).toBe(0);
      expect(await page.evaluate(() => typeof document.getElementById), what).toBe("function");
      expect(wrong, what).toEqual([]);
    }
    // What is watched for is seen.
    await page.evaluate((host) => {
      const image = new Image();
      image.src = `https://${host}/seen.png`;
      document.body.append(image);
    }, foreignHost);
    await expect.poll(() => wrong.join(" ")).toContain("policy: img-src https://elsewhere.example/seen.png");
  });

  test("are read, linked into, and copied from", async () => {
    await write("ada/lighthouse", lighthouse);
    const page = await hub.visitor({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto("/r/ada/lighthouse");
    await page.getByRole("link", { name: "how to run it" }).click();
    expect(new URL(page.url()).hash).toBe("#readme-run-it");
    expect(await page.locator("#readme-run-it").textContent()).toBe("Run it#");
    await page.locator(".readme copy-text button").click();
    expect(await page.evaluate(async () => navigator.clipboard.readText())).toMatch(
      /^docker run .*option\n$/,
    );
    // Without a source a relative link leads nowhere.
    expect(await page.getByRole("link", { name: "the manual" }).count()).toBe(0);
    await expectAccessible(page);
    await expectFits(page);
    await takePictures(page, "readme");
  });

  test("are previewed and saved by who may write, without JavaScript; the rest is for who administers", async () => {
    const signedIn = await verified(hub, administrator, "wren");
    await callApi(hub.server, ada, "PUT", "/api/v1/repositories/ada/lighthouse/-/collaborators/wren", {
      role: "write",
    });
    const state = await signedIn.context().storageState();
    const wren = await hub.visitor({ storageState: state, javaScriptEnabled: false });
    const settings = "/r/ada/lighthouse/-/settings";
    await wren.goto(settings);
    expect(await wren.getByRole("heading", { level: 2 }).allTextContents()).toEqual(["What it is", "README"]);
    await wren
      .getByLabel("Markdown")
      .fill("# Second\n\n# Readme\n\n<script>document.title='taken'</script>\n\n_slanted_");
    await wren.getByRole("button", { name: "Preview" }).click();
    expect(await wren.locator(".readme em").textContent()).toBe("slanted");
    await takePictures(wren, "readme-preview");
    expect(await wren.getByLabel("Markdown").inputValue()).toContain("# Second\n\n# Readme\n\n<script>");
    const ids = await wren.locator("[id]").evaluateAll((all) => all.map(({ id }) => id));
    expect(ids.length).toBe(new Set(ids).size);
    const before = await callApi(hub.server, ada, "GET", "/api/v1/repositories/ada/lighthouse/-/readme");
    expect(before["readme"]).toBe(lighthouse);
    await wren.getByRole("button", { name: "Save the README" }).click();
    await wren.getByText("The README of ada/lighthouse is saved.").waitFor();
    expect(await wren.locator(".readme h2").first().textContent()).toBe("Second#");

    const form = { form: "visibility", visibility: "private" };
    const headers = { Origin: hub.server.url };
    const refused = await wren.request.post(settings, { form, headers, maxRedirects: 0 });
    expect(refused.status()).toBe(403);
    expect((await (await hub.visitor()).goto("/r/ada/lighthouse"))?.status()).toBe(200);

    await wren.goto(settings);
    await wren.getByLabel("Markdown").fill("x".repeat(256 * 1024 + 1));
    await wren.getByRole("button", { name: "Save the README" }).click();
    await wren.getByText("The README has 262145 bytes; it has room for 262144").first().waitFor();
  });

  test("and the rest of what is said of a repository are changed on its settings", async () => {
    const settings = "/r/ada/lighthouse/-/settings";
    await administrator.goto(settings);
    await administrator.getByLabel("Description").fill("Health checks for small fleets.");
    await administrator.getByLabel("Source").fill("https://github.com/ada/lighthouse");
    await administrator.getByLabel("Monitoring and logs").check();
    await administrator.getByLabel("It is deprecated").check();
    await administrator.getByLabel("Repository to use").fill("ada/nothing");
    await administrator.getByRole("button", { name: "Save what it is" }).click();
    // What was typed is still there, beside what is wrong with it.
    await administrator.getByText("There is no repository ada/nothing").first().waitFor();
    expect(await administrator.getByLabel("Monitoring and logs").isChecked()).toBe(true);
    await administrator.getByLabel("Repository to use").fill("ada/hostile");
    await administrator.getByRole("button", { name: "Save what it is" }).click();
    await administrator.getByText("What is said of ada/lighthouse is changed.").waitFor();
    expect(
      await callApi(hub.server, ada, "GET", "/api/v1/repositories/ada/lighthouse/-/profile"),
    ).toMatchObject({
      description: "Health checks for small fleets.",
      source_url: "https://github.com/ada/lighthouse",
      categories: ["monitoring"],
      deprecated: true,
      successor: "ada/hostile",
    });
    await administrator.goto(settings);
    await expectAccessible(administrator);
    await expectFits(administrator);
    await takePictures(administrator, "repository-settings");

    await administrator.getByRole("link", { name: "Delete ada/lighthouse" }).click();
    await administrator.getByLabel("To go on, type ada/lighthouse").fill("ada/lighthouse");
    await administrator.getByRole("button", { name: "Delete repository ada/lighthouse" }).click();
    await administrator.getByText("ada/lighthouse is deleted.").waitFor();
  });
});
