import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { send } from "../support/registry.ts";
import { Visitor } from "./support/visitor.ts";

const html = { Accept: "text/html" };

test("an error page offers to sign in, and to come back, to guests alone", async () => {
  for (const path of ["/r/alice/web", "/nothing/here?at=all"]) {
    const page = await (await send(path, { headers: html })).text();
    expect(page, path).toContain(`href="/sign-in?next=${encodeURIComponent(path)}"`);
    expect(page, path).toContain("once you are signed in");
  }
  const visitor = new Visitor();
  await visitor.signUp("alice");
  for (const path of ["/r/alice/web", "/nothing/here", "/admin"]) {
    const answer = await visitor.get(path);
    expect(answer.status, path).toBe(404);
    const page = await answer.text();
    expect(page, path).not.toMatch(/sign-in|once you are signed in/);
    expect(page, path).toMatch(/href="\/settings"[^>]*>\s*alice/);
  }
});

test("an error page says nothing of who reads it where a form of another site has no cookies", async () => {
  const answer = await send("/sign-in", {
    method: "POST",
    headers: { Origin: "https://evil.example" },
    body: new URLSearchParams({ form: "password" }),
  });
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain(`href="/sign-in`);
});

test("an error page is there when the database is what failed", async () => {
  await env.DB.exec("alter table sign_in_sessions rename to lost");
  try {
    const answer = await send("/settings", { headers: { ...html, Cookie: "__Host-wherry=some" } });
    expect(answer.status).toBe(500);
    expect(await answer.text()).toContain("Load it again");
    const unknown = await send("/nothing", { headers: { ...html, Cookie: "__Host-wherry=some" } });
    expect(unknown.status).toBe(404);
    expect(await unknown.text()).not.toContain(`href="/sign-in`);
  } finally {
    await env.DB.exec("alter table lost rename to sign_in_sessions");
  }
});
