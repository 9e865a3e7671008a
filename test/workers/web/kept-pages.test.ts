import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { buildImage } from "../../support/cargo.ts";
import { api, people, RepositoryClient, send, type Person } from "../support/registry.ts";
import { Visitor } from "./support/visitor.ts";

let alice: Person;
const name = "alice/web";
const pages = [`/r/${name}`, `/r/${name}/-/tags`, "/n/alice", "/explore", "/"];
const tagged = `/r/${name}/-/tags/v1`;

beforeEach(async () => {
  ({ alice } = await people());
  await api(alice, "POST", "/api/v1/repositories", { name, visibility: "public" });
  await pushTag("v1");
});

async function pushTag(tag: string): Promise<void> {
  const client = await RepositoryClient.open(alice, name);
  const built = buildImage({ steps: [{ command: `COPY ${tag} /`, size: 1000 }] });
  for (const blob of built.blobs) await client.pushBlob(blob as Uint8Array<ArrayBuffer>);
  const { bytes, mediaType } = built.manifest;
  const answer = await client.send("PUT", `manifests/${tag}`, {
    body: bytes as Uint8Array<ArrayBuffer>,
    headers: { "Content-Type": mediaType },
  });
  expect(answer.status).toBe(201);
}

async function show(path: string, headers: Record<string, string> = {}): Promise<string> {
  const answer = await send(path, { headers: { Accept: "text/html", ...headers } });
  expect(answer.status, path).toBe(200);
  return answer.text();
}

async function statusOf(path: string): Promise<number> {
  const answer = await send(path, { headers: { Accept: "text/html" } });
  await answer.body?.cancel();
  return answer.status;
}

/** Marks the pages that are rendered from now on: counts are of no version. */
async function giveStars(stars: number): Promise<void> {
  await env.DB.prepare("update repository_counts set stars = ?").bind(stars).run();
}

describe("a page for everybody", () => {
  test("is given again as it was rendered, to who is not signed in", async () => {
    for (const path of [`/r/${name}`, "/n/alice"]) {
      await giveStars(4711);
      await show(path);
      await giveStars(1234);
      let again = await show(path);
      // The minute may have ended between the two.
      if (!again.includes("4,711")) {
        await giveStars(4711);
        again = await show(path, { Cookie: "__Host-wherry-theme=dark" });
        await giveStars(1234);
        again = await show(path, { Cookie: "__Host-wherry-theme=dark" });
      }
      expect(again, path).toContain("4,711");
    }
  });

  test("may be kept by caches that ask each time, and brings no cookie", async () => {
    for (const path of [...pages, tagged]) {
      const answer = await send(path);
      expect(answer.headers.get("Cache-Control"), path).toBe("public, no-cache");
      expect(answer.headers.getSetCookie(), path).toEqual([]);
      const tag = answer.headers.get("ETag") ?? "";
      const again = await send(path, { headers: { "If-None-Match": `"another", ${tag}` } });
      // At the end of a minute the page is another one.
      if (again.status !== 304) expect(again.headers.get("ETag"), path).not.toBe(tag);
    }
  });

  test("is gone at the next request once its repository is private, and there again once it is public", async () => {
    const own = [`/r/${name}`, `/r/${name}/-/tags`, tagged, "/n/alice"];
    for (const path of own) await show(path);
    await api(alice, "PATCH", `/api/v1/repositories/${name}`, { visibility: "private" });
    for (const path of own) expect(await statusOf(path), path).toBe(404);
    for (const path of ["/", "/explore"]) expect(await show(path), path).not.toContain(name);
    await api(alice, "PATCH", `/api/v1/repositories/${name}`, { visibility: "public" });
    for (const path of [...own, "/explore"]) expect(await show(path), path).toContain(name);
  });

  test("is gone at the next request once its repository or tag is deleted", async () => {
    for (const path of [...pages, tagged]) await show(path);
    const client = await RepositoryClient.open(alice, name);
    expect((await client.send("DELETE", "manifests/v1")).status).toBe(202);
    expect(await statusOf(tagged)).toBe(404);
    await api(alice, "DELETE", `/api/v1/repositories/${name}`);
    for (const path of [`/r/${name}`, "/n/alice"]) expect(await statusOf(path), path).toBe(404);
    for (const path of ["/", "/explore"]) expect(await show(path), path).not.toContain(name);
  });

  test("says what is new of its repository at the next request", async () => {
    await show(`/r/${name}`);
    const described = { description: "Sails by itself." };
    await api(alice, "PATCH", `/api/v1/repositories/${name}/-/profile`, described);
    for (const path of [`/r/${name}`, "/n/alice"])
      expect(await show(path), path).toContain("Sails by itself.");
    await show(`/r/${name}/-/tags`);
    await pushTag("v2");
    expect(await show(`/r/${name}/-/tags`)).toContain("v2");
  });

  test("is never what somebody who is signed in was shown", async () => {
    const member = new Visitor();
    await member.signUp("bea");
    for (const path of pages) {
      const answer = await member.get(path);
      expect(answer.headers.get("Cache-Control"), path).toBe("no-store");
      expect(await answer.text(), path).toContain("bea");
      expect(await show(path), path).not.toContain("bea");
    }
    // A session that is none is no reason to look into what was kept.
    const pretended = await send(`/r/${name}`, { headers: { Cookie: "__Host-wherry=made-up" } });
    expect(pretended.headers.get("Cache-Control")).toBe("private, no-cache");
  });

  test("has the colours that its reader chose", async () => {
    const cookie = "__Host-wherry-theme=";
    expect(await show("/explore")).toContain('<html lang="en">');
    expect(await show("/explore", { Cookie: `${cookie}dark` })).toContain('<html lang="en" class="dark">');
    expect(await show("/explore", { Cookie: `${cookie}light` })).toContain('<html lang="en" class="light">');
    expect(await show("/explore", { Cookie: `${cookie}"><script>` })).toContain('<html lang="en">');
  });
});

test("the colours are chosen by a form, which leads back to a page of this hub only", async () => {
  const visitor = new Visitor();
  const chosen = await visitor.post("/appearance", { form: "choose", theme: "dark", next: "/search?q=x" });
  expect(chosen.headers.get("Location")).toBe("/search?q=x");
  expect(await (await visitor.get("/explore")).text()).toContain('class="dark"');
  const away = await visitor.post("/appearance", { form: "choose", theme: "system", next: "//evil.example" });
  expect(away.headers.get("Location")).toBe("/");
  expect(await (await visitor.get("/explore")).text()).not.toContain('class="dark"');
});

test("search engines are told of public repositories and of no other", async () => {
  await api(alice, "POST", "/api/v1/repositories", { name: "alice/secret", visibility: "private" });
  expect(await (await send("/robots.txt")).text()).toContain("Sitemap: https://hub.example/sitemap.xml");
  expect(await (await send("/sitemap.xml")).text()).toContain("https://hub.example/sitemaps/0.xml");
  // However many private ones there are.
  await env.DB.prepare(
    "insert into repositories (id, name, visibility, created_at) values (9000000, 'alice/hidden', 'private', 0)",
  ).run();
  expect(await (await send("/sitemap.xml")).text()).not.toContain("/sitemaps/1.xml");
  const names = await (await send("/sitemaps/0.xml")).text();
  expect(names).toContain(`<loc>https://hub.example/r/${name}</loc>`);
  expect(names).not.toMatch(/secret|hidden/);
  expect((await send("/sitemaps/x")).status).toBe(404);
  expect(await show(`/r/${name}`)).toContain(`<link rel="canonical" href="https://hub.example/r/${name}"/>`);
  expect(await show("/sign-in")).toContain('<meta name="robots" content="noindex"/>');
});
