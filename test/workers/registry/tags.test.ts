import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import { firstError, people, RepositoryClient } from "../support/registry.ts";

let web: RepositoryClient;

beforeEach(async () => {
  const { alice } = await people();
  web = await RepositoryClient.open(alice, "alice/web");
});

async function tagPage(path: string): Promise<{ tags: string[]; link: string | null }> {
  const response = await web.send("GET", path);
  expect(response.status).toBe(200);
  const { tags } = await response.json<{ tags: string[] }>();
  return { tags, link: response.headers.get("Link") };
}

describe("the tag list", () => {
  test("is in byte order and pages through every tag once", async () => {
    const digest = await web.pushImage("b", ["one"]);
    const manifest = await (await web.send("GET", "manifests/b")).text();
    const more = ["a", "B", "a.1", "a-1", "_", "10", "9"];
    const query = more.map((tag) => `tag=${tag}`).join("&");
    await web.send("PUT", `manifests/${digest}?${query}`, {
      body: manifest,
      headers: { "Content-Type": "application/vnd.oci.image.manifest.v1+json" },
    });
    const all = [...more, "b"].toSorted();
    expect((await tagPage("tags/list")).tags).toEqual(all);

    const seen: string[] = [];
    let path: string | undefined = "tags/list?n=3";
    while (path) {
      const page: { tags: string[]; link: string | null } = await tagPage(path);
      seen.push(...page.tags);
      path = page.link === null ? undefined : /^<([^>]+)>; rel="next"$/.exec(page.link)?.[1];
    }
    expect(seen).toEqual(all);
  });

  test("with n=0 is empty, and with last goes on behind it", async () => {
    await web.pushImage("a", ["one"]);
    await web.pushImage("b", ["one"]);
    expect(await tagPage("tags/list?n=0")).toEqual({ tags: [], link: null });
    expect(await tagPage("tags/list?last=a")).toEqual({ tags: ["b"], link: null });
    expect(await tagPage("tags/list?n=2")).toEqual({ tags: ["a", "b"], link: null });
  });

  test.each(["-1", "2147483648", "99999999999999", "x", "1.5", ""])("refuses n=%s", async (n) => {
    const response = await web.send("GET", `tags/list?n=${n}`);
    expect(response.status).toBe(400);
    expect((await firstError(response)).code).toBe("PAGINATION_NUMBER_INVALID");
  });

  test("of no repository is NAME_UNKNOWN", async () => {
    const response = await web.send("GET", "tags/list");
    expect(response.status).toBe(404);
    expect((await firstError(response)).code).toBe("NAME_UNKNOWN");
  });

  test("reads one page of rows however many tags there are", async () => {
    await web.pushImage("first", ["one"]);
    await env.DB.prepare(
      `insert into tags (repository_id, name, digest, moved_at)
       with recursive numbers(n) as (select 1 union all select n + 1 from numbers where n < 10000)
       select repository_id, 't' || n, digest, 0 from tags, numbers`,
    ).run();
    const plan = await env.DB.prepare(
      `explain query plan select tags.name from repositories
       left join tags on tags.repository_id = repositories.id and tags.name > 't5'
       where repositories.name = 'alice/web' order by tags.name limit 101`,
    ).all<{ detail: string }>();
    expect(plan.results.map((row) => row.detail).join("\n")).not.toMatch(/SCAN|TEMP B-TREE/);
    expect((await tagPage("tags/list?n=100&last=t5")).tags).toHaveLength(100);
  });
});
