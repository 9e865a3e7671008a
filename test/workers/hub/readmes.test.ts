import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { previewReadme } from "../../../workers/hub/index.ts";
import { fetchImage, imagePath, signerOf } from "../../../workers/hub/readme-images.ts";
import type { User } from "../../../workers/auth/index.ts";
import { minute } from "../../../workers/platform/clock.ts";
import type { Person } from "../support/auth.ts";
import { send } from "../support/registry.ts";
import { ProfilesWorld } from "./support/profiles-world.ts";

interface Readme {
  readme: string;
  html: string;
  origin: string;
}

let world: ProfilesWorld;
let alice: Person;
let bob: Person;

beforeEach(async () => {
  world = new ProfilesWorld();
  alice = await world.auth.person("alice");
  bob = await world.auth.person("bob");
  await world.auth.repository("alice/web", "public");
});

afterEach(async () => world.settle());

const path = "alice/web/-/readme";
const read = async () => world.must<Readme>(alice, "GET", path);
const write = async (body: object | string) => world.api<{ detail: string }>(alice, "PUT", path, body);

async function allow(...hosts: string[]): Promise<void> {
  const { query } = world.auth.auth.db;
  await query
    .insertInto("hub_settings")
    .values({ name: "readmeImageHosts", value: JSON.stringify(hosts) })
    .onConflict((conflict) => conflict.column("name").doUpdateSet({ value: JSON.stringify(hosts) }))
    .execute();
}

describe("a README", () => {
  test("is written as Markdown or JSON, read by whoever may pull, and removed", async () => {
    expect((await world.api(bob, "GET", path)).status).toBe(404);
    expect((await write("# Web\n\n<script>x</script>")).status).toBe(204);
    expect(await read()).toMatchObject({
      readme: "# Web\n\n<script>x</script>",
      origin: "written",
      html: expect.stringContaining("Web<a"),
    });
    await write({ readme: "second", origin: "git" });
    expect(await world.must(bob, "GET", path)).toMatchObject({
      readme: "second",
      origin: "git",
      html: "<p>second</p>\n",
    });
    expect((await world.api(bob, "PUT", path, "# Bob was here")).status).toBe(403);
    expect((await world.api(bob, "DELETE", path)).status).toBe(403);
    await world.must(alice, "DELETE", path);
    expect((await world.api(alice, "DELETE", path)).status).toBe(404);
    const log = world.auth.auth.db.query.selectFrom("audit_log").select(["action", "after"]);
    expect(await log.where("target", "=", "alice/web").orderBy("id").execute()).toEqual([
      { action: "repository.readme", after: `{"origin":"written","characters":25}` },
      { action: "repository.readme", after: `{"origin":"git","characters":6}` },
      { action: "repository.readme.remove", after: null },
    ]);
  });

  test("of a private repository is as if there were no repository", async () => {
    await world.auth.repository("alice/secret", "private");
    await world.must(alice, "PUT", "alice/secret/-/readme", "# Secret");
    for (const method of ["GET", "PUT", "DELETE"]) {
      const body = method === "PUT" ? "x" : undefined;
      const hidden = await world.api(bob, method, "alice/secret/-/readme", body);
      const absent = await world.api(bob, method, "alice/absent/-/readme", body);
      expect(hidden.status, method).toBe(404);
      expect(JSON.stringify(hidden.body).replaceAll("alice/secret", "alice/absent")).toBe(
        JSON.stringify(absent.body),
      );
    }
  });

  test("is refused with words when it is empty, too long, of another type, or too much for a page", async () => {
    expect(await write("  \n")).toMatchObject({
      status: 400,
      body: { detail: expect.stringContaining("empty") },
    });
    const long = await write("x".repeat(256 * 1024 + 1));
    expect(long).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining("has room for 262144") },
    });
    expect((await write("x".repeat(2 * 1024 * 1024))).status).toBe(413);
    expect((await write({ readme: "\u0001".repeat(256 * 1024) })).status).toBe(204);
    const deep = await write("<div>".repeat(1000));
    expect(deep).toMatchObject({
      status: 413,
      body: { detail: expect.stringContaining("inside each other") },
    });
    expect((await write({ readme: "x", html: "<script>" })).status).toBe(400);
    expect((await write({ readme: "x", origin: "annotation" })).status).toBe(400);
  });

  test("is rendered again when the renderer, its source, or the hosts of images are others; and kept", async () => {
    await write("[use](docs/use.md) ![ship](https://images.example/ship.png)");
    expect((await read()).html).toMatch(/^<p>use <a href="https:\/\/images\.example\/ship\.png"/);
    await world.must(alice, "PATCH", "alice/web/-/profile", { source_url: "https://github.com/acme/web" });
    expect((await read()).html).toContain("https://github.com/acme/web/blob/HEAD/docs/use.md");
    await allow("images.example");
    expect((await read()).html).toContain(`<img src="/readme-images/`);
    const row = world.auth.auth.db.query.selectFrom("readmes").selectAll();
    expect(await row.executeTakeFirst()).toMatchObject({ renderer: "1", html: (await read()).html });
    await allow();
    expect((await read()).html).not.toContain("<img");

    await world.auth.auth.db.query
      .updateTable("readmes")
      .set({ renderer: "0", html: "old", source: "<div>".repeat(1000) })
      .execute();
    expect((await read()).html).toMatch(/^<p>This README cannot be shown: .*inside each other/);
  });

  test("is written thirty times at once by a person with all their tokens, then once in two minutes", async () => {
    for (let time = 0; time < 30; time += 1) expect((await write(`${time}`)).status).toBe(204);
    const { token } = await world.auth.token(alice.accessToken, { scopes: ["repository:**:metadata"] });
    const refused = { status: 429, body: { detail: "too many READMEs written; try again in 2 minutes" } };
    expect(await world.api({ accessToken: token }, "PUT", path, "again")).toMatchObject(refused);
    expect(await write("again")).toMatchObject({ ...refused, retryAfter: "120" });
    await world.auth.repository("bob/web", "public");
    expect((await world.api(bob, "PUT", "bob/web/-/readme", "# Bob's")).status).toBe(204);
    world.auth.now += 2 * minute;
    expect([(await write("again")).status, (await write("again")).status]).toEqual([204, 429]);
    expect(await read()).toMatchObject({ readme: "again" });
  });

  test("is previewed for who may write it, and not kept", async () => {
    const user = ({ id, name }: Person): User => ({
      kind: "user",
      id,
      name,
      administrator: false,
      emailVerified: true,
      twoFactor: true,
      token: undefined,
      address: undefined,
    });
    expect(await previewReadme(world.hub, user(alice), "alice/web", "_x_")).toBe("<p><em>x</em></p>\n");
    await expect(previewReadme(world.hub, user(bob), "alice/web", "x")).rejects.toMatchObject({
      kind: "denied",
    });
    expect((await world.api(alice, "GET", path)).status).toBe(404);
  });
});

/** What came through, or what it broke off with. */
async function textOf(response: Response): Promise<string> {
  try {
    return new TextDecoder().decode(await response.arrayBuffer());
  } catch (error) {
    return (error as Error).message;
  }
}

describe("images", () => {
  const ship = "https://images.example/ship.png";
  const png = (headers: Record<string, string> = {}) =>
    new Response("png", { headers: { "Content-Type": "image/png", ...headers } });

  async function signed(url: string): Promise<{ signature: string; url: string }> {
    const address = new URL(imagePath(url, await signerOf(world.hub)), "https://hub.example");
    return {
      signature: address.pathname.split("/").at(-1) ?? "",
      url: address.searchParams.get("url") ?? "",
    };
  }

  /** The status or kind of refusal, and what was asked for on the way. */
  async function get(url: string, answers: Record<string, () => Response>, signature?: string) {
    const asked: string[] = [];
    const fetched = async (input: RequestInfo | URL) => {
      const address = input instanceof Request ? input.url : String(input);
      asked.push(address);
      return answers[address]?.() ?? new Response("", { status: 404 });
    };
    const wanted = { ...(await signed(url)), ...(signature === undefined ? {} : { signature }) };
    const outcome = await fetchImage(world.hub, wanted, fetched).then(
      async (response) => [response.status, await textOf(response)],
      (error: { kind: string }) => [error.kind],
    );
    return [...outcome, ...asked];
  }

  test("come from hosts that an administrator named, at https and the usual port, and from no others", async () => {
    const answers = { [ship]: () => png() };
    expect(await get(ship, answers)).toEqual(["not-found"]);
    await allow("images.example");
    expect(await get(ship, answers)).toEqual([200, "png", ship]);
    for (const url of [
      "http://images.example/ship.png",
      "https://images.example:8443/ship.png",
      "https://user@images.example/ship.png",
      "https://images.example.evil.example/ship.png",
      "https://127.0.0.1/ship.png",
      "https://sub.images.example/ship.png",
    ])
      expect(await get(url, { [url]: () => png() }), url).toEqual(["not-found"]);
    await allow();
    expect(await get(ship, answers)).toEqual(["not-found"]);
  });

  test("are given for addresses that stand in a README, and for no others", async () => {
    await allow("images.example");
    const other = (await signed("https://images.example/other.png")).signature;
    for (const signature of [other, "", "x".repeat(32)])
      expect(await get(ship, { [ship]: () => png() }, signature)).toEqual(["not-found"]);
    expect((await send("/readme-images/forged?url=https://images.example/x.png")).status).toBe(404);
    expect((await send("/readme-images/forged")).status).toBe(404);
  });

  test("follow redirects to hosts that were named; what is no image, or too large, is not given", async () => {
    await allow("images.example", "cdn.example");
    const to = (location: string) => () => new Response("", { status: 302, headers: { Location: location } });
    const there = "https://cdn.example/s.png";
    expect(await get(ship, { [ship]: to(there), [there]: () => png() })).toEqual([200, "png", ship, there]);
    expect(await get(ship, { [ship]: to("https://192.168.1.1/admin.png") })).toEqual(["not-found", ship]);
    expect(await get(ship, { [ship]: to(ship) })).toEqual(["unavailable", ship, ship, ship, ship]);
    const page = () => new Response("<script>", { headers: { "Content-Type": "text/html" } });
    expect(await get(ship, { [ship]: page })).toEqual(["unavailable", ship]);
    expect(await get(ship, { [ship]: () => png({ "Content-Length": "9000000" }) })).toEqual([
      "unavailable",
      ship,
    ]);
    const endless = () =>
      new Response(new Uint8Array(9_000_000), { headers: { "Content-Type": "image/png" } });
    expect(await get(ship, { [ship]: endless })).toEqual([
      200,
      expect.stringContaining("more than 8388608"),
      ship,
    ]);
  });

  test("run nothing and load nothing, also when they are opened by themselves", async () => {
    await allow("images.example");
    const svg = () => new Response("<svg onload=x>", { headers: { "Content-Type": "image/svg+xml; x" } });
    const { headers } = await fetchImage(world.hub, await signed(ship), async () => svg());
    expect(headers.get("Content-Security-Policy")).toMatch(/^default-src 'none'; .*sandbox$/);
    expect(headers.get("Content-Type")).toBe("image/svg+xml");
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
  });
});
