import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { api, people } from "../support/registry.ts";
import { Visitor } from "./support/visitor.ts";

test("the page of one's stars has those that one may see, and belongs to oneself", async () => {
  const { alice } = await people();
  const carol = new Visitor();
  await carol.signUp("carol");
  const guest = await new Visitor().get("/stars");
  expect([guest.status, guest.headers.get("Location")]).toEqual([303, "/sign-in?next=%2Fstars"]);
  expect(await (await carol.get("/stars")).text()).toContain("There are none yet");

  for (const [name, visibility] of [
    ["alice/web", "public"],
    ["alice/secret", "private"],
  ])
    await api(alice, "POST", "/api/v1/repositories", { name, visibility });
  await env.DB.prepare(
    "insert into stars (repository_id, user_id, starred_at) select r.id, u.id, 0 from repositories r, users u where u.name = 'carol'",
  ).run();
  const page = await (await carol.get("/stars")).text();
  expect(page).toContain('href="/r/alice/web"');
  expect(page).not.toContain("secret");
});
