import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Visitor } from "./support/visitor.ts";

test("the start page has the invitations to one's verified address, to join or decline there", async () => {
  const [alice, bob, eve] = [new Visitor(), new Visitor(), new Visitor()];
  await alice.signUp("alice");
  await bob.signUp("bob");
  await eve.signUp("eve");
  await env.DB.exec("update users set email_verified_at = 1 where name <> 'bob'");
  for (const name of ["acme", "beta"]) {
    await alice.post("/organizations/new", { form: "create", name, displayName: "" });
    const invited = await alice.post(`/organizations/${name}/invitations/new`, {
      form: "email",
      emails: "bob@people.example",
      role: "member",
      days: "7",
    });
    expect(invited.status, await invited.text()).toBe(200);
  }
  const { results } = await env.DB.prepare(
    "select i.id from invitations i join organizations o on o.id = i.organization_id order by o.name",
  ).all<{ id: string }>();
  const [acme = "", beta = ""] = results.map(({ id }) => id);

  expect(await (await bob.get("/")).text()).not.toContain("Invitations to you");
  await env.DB.exec("update users set email_verified_at = 1");
  const page = await (await bob.get("/")).text();
  expect(page).toContain('aria-label="Join acme"');
  expect(page).toContain('aria-label="Decline the invitation to beta"');
  expect(await (await eve.get("/")).text()).not.toContain("Invitations to you");
  expect((await eve.post("/", { form: "accept", id: acme })).status).toBe(404);
  expect((await new Visitor().post("/", { form: "accept", id: acme })).status).toBe(403);

  const joined = await bob.post("/", { form: "accept", id: acme });
  expect([joined.status, joined.headers.get("Location")]).toEqual([303, "/organizations/acme"]);
  expect((await bob.post("/", { form: "decline", id: beta })).status).toBe(303);
  expect((await bob.get("/organizations/acme")).status).toBe(200);
  expect(await (await bob.get("/")).text()).not.toContain("Invitations to you");
});
