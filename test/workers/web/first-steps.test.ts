import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { api, people, send } from "../support/registry.ts";
import { Visitor } from "./support/visitor.ts";

test("the start page of a hub without public images says so, and what to do", async () => {
  expect(await (await send("/")).text()).toContain("No public images yet");
  const { alice } = await people();
  await api(alice, "POST", "/api/v1/repositories", { name: "alice/web", visibility: "public" });
  await env.DB.exec("update repositories set visibility = 'private'");
  expect(await (await new Visitor().get("/")).text()).toContain("No public images yet");
});

test("an empty repository's commands sign in as whoever reads them", async () => {
  const visitor = new Visitor();
  await visitor.signUp("maria");
  await env.DB.exec("update users set email_verified_at = 1");
  await visitor.post("/repositories/new", {
    form: "create",
    name: "maria/web",
    visibility: "private",
  });
  expect(await (await visitor.get("/r/maria/web")).text()).toContain(
    "docker login --username maria hub.example",
  );
});

test("the settings show an address that waits to be verified, whether or not it is somebody else's", async () => {
  const visitor = new Visitor();
  await visitor.signUp("maria");
  await new Visitor().signUp("bob");
  await env.DB.exec(
    "update users set email_verified_at = 1, email = iif(name = 'maria', null, email) where email is not null",
  );
  for (const email of ["bob@people.example", "free@people.example"]) {
    expect((await visitor.post("/settings/email", { form: "email", email })).status).toBe(303);
    expect(await (await visitor.get("/settings")).text()).toContain(`${email} (not verified yet)`);
  }
});
