import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildImage, buildReferrer, pushBuilt, type Step } from "../support/cargo.ts";
import { describeNeeding } from "../support/needs.ts";
import { OciClient, type Login } from "../support/oci-client.ts";
import { callApi } from "../support/people.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { debian, lighthouse, pushLighthouse } from "./support/harbour.ts";
import { Hub, needs, signIn } from "./support/hub.ts";
import { walkByKeyboard } from "./support/keyboard.ts";
import { createOrganization, createToken, verified } from "./support/people.ts";
import { takePictures } from "./support/pictures.ts";

const name = "acme/lighthouse";
/** As long as names can be. */
const longName = `acme/${"the-harbour-office-of-a-very-long-name/".repeat(6)}end`;
/** What a page must show as text. The image makes itself known when it is one. */
const markup = `"><img src=x onerror="document.title='taken'"><script>document.title='taken'</script>`;

describeNeeding(needs, "a repository, in the browser", () => {
  let hub: Hub;
  let guest: Page;
  let ada: Page;
  let login: Login;
  /** What the browser had to say of the pages. */
  const complaints: string[] = [];
  beforeAll(async () => {
    hub = await Hub.start();
    ada = await verified(hub, await hub.administrator(), "ada");
    await createOrganization(ada, "acme");
    await createOrganization(ada, "base");
    const all = ["Pull", "Push", "Delete", "Description", "Administer", "Account"];
    login = { user: "ada", token: await createToken(ada, "everything", all) };
    const client = new OciClient(hub.server.url, login);
    for (const each of ["base/debian", name, longName, "acme/empty", "acme/hostile"])
      await callApi(hub.server, login, "POST", "/api/v1/repositories", { name: each, visibility: "public" });
    await pushBuilt(client, "base/debian", buildImage({ steps: debian }), ["12-slim"]);
    await pushLighthouse(client, name);
    await pushBuilt(client, longName, buildImage({ steps: manySteps, config: manyThings }), [
      "x".repeat(128),
    ]);
    await pushHostile(client);
    await callApi(hub.server, login, "PATCH", `/api/v1/repositories/${name}/-/profile`, {
      categories: ["monitoring"],
      deprecated: true,
      successor: "base/debian",
    });
    await callApi(hub.server, login, "PUT", `/api/v1/repositories/${name}/-/readme`, { readme });
    guest = await hub.visitor();
    for (const page of [guest, ada])
      page.on("console", (message) => {
        if (message.type() === "error") complaints.push(message.text());
      });
    await untilDescribed(guest);
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test.each([
    ["overview", `/r/${name}`],
    ["tags", `/r/${name}/-/tags`],
    ["tag", `/r/${name}/-/tags/2.8.1`],
    ["compare", `/r/${name}/-/compare?from=2.7.0&to=2.8.1`],
    ["used-by", `/r/base/debian/-/used-by`],
    ["stars", `/r/${name}/-/stars`],
    ["pulls", `/r/${name}/-/pulls`],
    ["empty", `/r/acme/empty`],
    ["long", `/r/${longName}`],
    ["long-tags", `/r/${longName}/-/tags?filter=x`],
    ["long-tag", `/r/${longName}/-/tags/${"x".repeat(128)}`],
  ])("the page %s has no fault", async (picture, path) => {
    await expectGood(guest, path, `repository-${picture}`);
  });

  test.each(["", "/-/tags/2.8.1"])("the Tab key goes through the page <repository>%s", async (path) => {
    await guest.goto(`/r/${name}${path}`);
    const stops = await walkByKeyboard(guest);
    expect(stops.at(-1)).toBe("API document");
    expect(stops).toContain("docker");
  });

  test("what is attached to an image is readable, and says that nothing is verified", async () => {
    await guest.goto(`/r/${name}/-/tags/2.8.1`);
    const kinds = ["Signature", "Packages (SBOM), Provenance"];
    for (const [index, kind] of kinds.entries()) {
      await guest.goto(`/r/${name}/-/tags/2.8.1`);
      await guest.getByRole("link", { name: kind, exact: true }).click();
      await guest.getByText("This hub has not verified any of it.").waitFor();
      await expectGood(guest, new URL(guest.url()).pathname, `repository-attached-${index}`);
    }
    await guest.getByRole("searchbox", { name: "Search packages" }).fill("libssl");
    await guest.getByRole("button", { name: "Search", exact: true }).last().click();
    await guest.getByText("3.0.15-1~deb12u1").waitFor();
    expect(await guest.getByRole("row").count()).toBe(2);
  });

  test("the overview leads to the base, the successor, and to what builds on it", async () => {
    await guest.goto(`/r/${name}`);
    await guest.getByRole("link", { name: "base/debian:12-slim" }).waitFor();
    await guest.getByText("nobody keeps it up").getByRole("link", { name: "base/debian" }).click();
    await guest.getByRole("link", { name: "Used by" }).click();
    await guest.getByRole("link", { name }).waitFor();
  });

  test("an owner sees what a guest does not", async () => {
    for (const [picture, path] of [
      ["overview", `/r/${name}`],
      ["tags", `/r/${name}/-/tags`],
      ["delete-tag", `/r/${name}/-/tags/2.7.0/delete`],
    ] as const)
      await expectGood(ada, path, `repository-owner-${picture}`);
    await ada.goto("/r/acme/empty");
    await ada.getByText(`docker push ${hub.server.host}/acme/empty:latest`).waitFor();
  });

  test("without scripts one chooses a client, stars, compares two tags and deletes one", async () => {
    const page = await hub.visitor({ javaScriptEnabled: false });
    await signIn(page, "ada");
    await page.goto(`/r/${name}`);
    const command = (client: string) => page.getByRole("region", { name: `Pull with ${client}` });
    expect(await command("docker").isVisible()).toBe(true);
    expect(await command("podman").isVisible()).toBe(false);
    await page.getByText("podman", { exact: true }).click();
    expect(await command("docker").isVisible()).toBe(false);
    expect(await command("podman").textContent()).toContain(
      `podman pull --tls-verify=false ${hub.server.host}/${name}`,
    );

    await page.getByRole("button", { name: `Star ${name}` }).click();
    await page.getByRole("button", { name: `Take back the star of ${name}` }).waitFor();
    await page.getByRole("link", { name: "1 star", exact: true }).click();
    await page.getByRole("cell", { name: "ada" }).waitFor();

    await page.getByRole("link", { name: "Tags" }).first().click();
    await page.getByRole("link", { name: "Compare 2.8.0 with 2.7.0" }).click();
    await page.getByText("3 layers are the same").waitFor();
    await page.getByRole("row", { name: /base-files/ }).waitFor();

    await page.goto(`/r/${name}/-/tags`);
    await page.getByRole("link", { name: "Delete 2.7.0" }).click();
    await page.getByRole("button", { name: "Delete the tag 2.7.0" }).click();
    await page.getByText("The tag 2.7.0 is deleted.").waitFor();
    expect((await page.goto(`/r/${name}/-/tags/2.7.0`))?.status()).toBe(404);
  });

  test("markup in commands, labels, annotations, packages and findings is text, and the browser has nothing to complain of", async () => {
    for (const path of ["", "/-/tags", "/-/tags/v1", "/-/compare?from=v1&to=v2", "/-/tags?filter=%3Cimg"]) {
      expect((await guest.goto(`/r/acme/hostile${path}`))?.status(), path).toBe(200);
      await expectText(guest, path);
    }
    await guest.goto("/r/acme/hostile/-/tags/v1");
    expect(await guest.getByText(markup).count()).toBeGreaterThan(5);
    const paths = await guest
      .locator("#attached a.name")
      .evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
    expect(paths).toHaveLength(2);
    for (const path of paths) {
      await guest.goto(path);
      expect(await guest.getByText(markup).count(), path).toBeGreaterThan(0);
      await expectText(guest, path);
    }
    expect(complaints).toEqual([]);
  });

  async function expectGood(page: Page, path: string, picture: string): Promise<void> {
    expect((await page.goto(path))?.status(), path).toBe(200);
    expect(await page.locator("h1").count(), path).toBe(1);
    await takePictures(page, picture);
    await expectAccessible(page);
    await expectFits(page);
  }

  async function expectText(page: Page, path: string): Promise<void> {
    expect(await page.locator("main img, main script, main a[href^='javascript']").count(), path).toBe(0);
    expect(await page.title(), path).not.toBe("taken");
  }

  /** The queue describes images behind the push. */
  async function untilDescribed(page: Page): Promise<void> {
    const wanted: [string, string][] = [
      [`/r/${name}/-/tags/2.8.1`, "Packages (SBOM), Provenance"],
      ["/r/acme/hostile/-/tags/v1", "Scan report"],
      [`/r/${name}/-/tags/2.7.0`, "Packages (SBOM), Provenance"],
    ];
    for (const [path, text] of wanted)
      do await page.goto(path);
      while ((await page.getByText(text).count()) === 0);
  }
});

const readme = `## Run it

Lighthouse watches what you list in \`lighthouse.toml\` and serves a status page on port 8080.

\`\`\`sh
wherry run -d --name status -p 8080:8080 \\
  -v ./lighthouse.toml:/etc/lighthouse.toml:ro \\
  hub.example.com/acme/lighthouse:2
\`\`\`

## Configuration

Every check has a name, a target and an interval. A check that fails three times in a row turns red and fires its webhook.

| Setting | Default | What it does |
| --- | --- | --- |
| \`interval\` | \`30s\` | How often a target is looked at |
| \`timeout\` | \`5s\` | How long it may take to answer |
`;

const manySteps: Step[] = Array.from({ length: 24 }, (_none, index) => ({
  command: `RUN ${index % 7 === 0 ? "apt-get install -y ".repeat(40) : `make part-${index}`}`,
  ...(index % 5 === 0 ? {} : { size: ((index * 7919) % 997) * 10_007 }),
}));

const manyThings = {
  Env: Array.from({ length: 8 }, (_none, index) => `VARIABLE_${index}=${"value".repeat(index * 20)}`),
  ExposedPorts: Object.fromEntries(Array.from({ length: 8 }, (_none, index) => [`${8000 + index}/tcp`, {}])),
  Labels: { [`a.${"very-".repeat(40)}long.label`]: "x".repeat(2000) },
};

/** A repository whose every text is an attack. */
async function pushHostile(client: OciClient): Promise<void> {
  const image = buildImage({
    ...lighthouse("1"),
    steps: [{ command: `RUN ${markup}`, size: 1000 }, { command: `LABEL ${markup}` }],
    config: {
      User: markup,
      Env: [`A=${markup}`, markup],
      Entrypoint: [markup],
      Cmd: [markup],
      Labels: { [markup]: markup },
      ExposedPorts: { [markup]: {} },
      Volumes: { [markup]: {} },
      WorkingDir: markup,
      StopSignal: markup,
    },
    annotations: {
      [markup]: markup,
      "org.opencontainers.image.source": "javascript:document.title='taken'",
      "org.opencontainers.image.licenses": markup,
      "org.opencontainers.image.revision": markup,
      "org.opencontainers.image.description": markup,
    },
    platform: { architecture: markup, os: markup },
  });
  await pushBuilt(client, "acme/hostile", image, ["v1"]);
  await pushBuilt(client, "acme/hostile", buildImage({ steps: [{ command: markup, size: 9 }] }), ["v2"]);
  const packages = {
    bomFormat: "CycloneDX",
    specVersion: "1.5",
    components: [
      { type: "library", name: markup, version: markup, licenses: [{ license: { name: markup } }] },
    ],
  };
  const findings = {
    SchemaVersion: 2,
    Results: [
      { Target: markup, Vulnerabilities: [{ VulnerabilityID: markup, PkgName: markup, Title: markup }] },
    ],
  };
  for (const [type, content] of [
    ["application/vnd.cyclonedx+json", packages],
    ["application/vnd.aquasecurity.trivy.report+json", findings],
  ] as const) {
    const bytes = new TextEncoder().encode(JSON.stringify(content));
    const attached = buildReferrer(image, type, { mediaType: type, bytes }, { [markup]: markup });
    await pushBuilt(client, "acme/hostile", attached);
  }
}
