import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { pages } from "../../../workers/web/pages/index.ts";
import { send } from "../support/registry.ts";
import { Visitor } from "./support/visitor.ts";

/** An address of each page. */
const addresses = pages.map((page) => ({ page, address: page.path.replaceAll(/:\w+(\{[^}]*\})?/g, "some") }));

describe("every page", () => {
  test("has the headers that keep it from being framed, scripted from elsewhere, sniffed or leaked", async () => {
    for (const { address } of addresses) {
      const { status, headers } = await new Visitor().get(address);
      if (status === 303) continue;
      const policy = headers.get("Content-Security-Policy") ?? "";
      expect(policy, address).toContain("default-src 'none'");
      expect(policy, address).toContain("frame-ancestors 'none'");
      expect(policy, address).toContain("form-action 'self'");
      expect(policy, address).not.toMatch(/unsafe|\*/);
      expect(headers.get("X-Content-Type-Options"), address).toBe("nosniff");
      expect(headers.get("Referrer-Policy"), address).toBe("same-origin");
    }
  });

  test("may have the hub's own style in it and nothing else inline, and guests' pages have it", async () => {
    const member = new Visitor();
    await member.signUp("alice");
    const styles = new Set<string>();
    const policies = new Set<string>();
    for (const visitor of [new Visitor(), member])
      for (const address of [...addresses.map((each) => each.address), "/nothing/here"]) {
        const answer = await visitor.get(address);
        const page = await answer.text();
        const inline = [...page.matchAll(/<style[^>]*>([^<]*)<\/style>/g)].map(([, text = ""]) => text);
        for (const text of inline) styles.add(text);
        if (answer.status !== 303) expect(inline.length, address).toBe(visitor === member ? 0 : 1);
        expect(page, address).not.toMatch(/<[^>]*\s(style|on\w+)=|<script(?![^>]* src="\/assets\/)/);
        const policy = answer.headers.get("Content-Security-Policy");
        if (policy !== null) policies.add(policy);
      }
    expect(styles.size).toBe(1);
    const [style = ""] = styles;
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(style));
    const hash = btoa(String.fromCodePoint(...new Uint8Array(digest)));
    expect(
      [...policies].map((policy) => policy.split("; ").filter((part) => /^(style|script)/.test(part))),
    ).toEqual([[`style-src 'self' 'sha256-${hash}'`, "script-src 'self'"]]);
  });

  test("of people who are signed in sends others to sign in, and back", async () => {
    const closed = addresses.filter(({ page }) => ["user", "sudo", "administrator"].includes(page.who));
    expect(closed.length).toBeGreaterThan(10);
    for (const { address } of closed) {
      const answer = await new Visitor().get(address);
      expect(answer.status, address).toBe(303);
      const query = new URLSearchParams({ next: address });
      expect(answer.headers.get("Location"), address).toBe(`/sign-in?${query.toString()}`);
    }
  });

  test("of administrators is nobody else's, and looks like an address that is nobody's", async () => {
    const visitor = new Visitor();
    await visitor.signUp("mallory");
    const closed = addresses.filter(({ page }) => page.who === "administrator");
    expect(closed.length).toBeGreaterThan(0);
    for (const { address } of closed) expect((await visitor.get(address)).status, address).toBe(404);
  });

  test("is stored by no cache once somebody is signed in", async () => {
    const visitor = new Visitor();
    await visitor.signUp("alice");
    for (const { address } of addresses) {
      const { headers } = await visitor.get(address);
      expect(headers.get("Cache-Control"), address).toBe("no-store");
    }
  });

  test("takes no form that a page of somebody else sends, and does nothing then", async () => {
    const visitor = new Visitor();
    await visitor.signUp("alice");
    const foreign: Record<string, string>[] = [
      {},
      { Origin: "https://evil.example" },
      { Origin: "null" },
      { Origin: "http://hub.example" },
      { Origin: "https://hub.example:8443" },
      { Origin: "https://hub.example.evil.example" },
      { "Sec-Fetch-Site": "cross-site", Origin: "https://hub.example" },
      { "Sec-Fetch-Site": "same-site", Origin: "https://hub.example" },
      { "Sec-Fetch-Site": "none" },
    ];
    for (const { page, address } of addresses)
      for (const form of Object.keys(page.forms))
        for (const headers of foreign) {
          const answer = await visitor.post(address, { form }, headers);
          expect(answer.status, `${address} ${form} ${JSON.stringify(headers)}`).toBe(403);
        }
    expect((await visitor.get("/settings")).status).toBe(200);
  });

  test("takes the forms it has and no other, with the fields they have and no other", async () => {
    const visitor = new Visitor();
    await visitor.signUp("alice");
    expect((await visitor.post("/settings", { form: "constructor" })).status).toBe(400);
    expect((await visitor.post("/settings", {})).status).toBe(400);
    const answer = await visitor.post("/settings/password", {
      form: "password",
      password: "another cargo altogether",
      administrator: "1",
    });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toContain("a field that this page does not know: administrator");
  });

  test("is read and sent, and nothing else", async () => {
    expect((await send("/sign-in", { method: "DELETE" })).status).toBe(405);
    expect((await send("/sign-in", { method: "HEAD" })).status).toBe(200);
  });
});

describe("what somebody typed", () => {
  const script = `"><script>alert(1)</script>`;

  test("comes back in a form as text", async () => {
    const page = await (
      await new Visitor().post("/sign-in", { form: "password", login: script, password: "secret of mine" })
    ).text();
    expect(page).not.toContain("<script>alert");
    expect(page).toContain("&lt;script&gt;");
    expect(page).not.toContain("secret of mine");
  });

  test("is text in the name of a browser, in what a page says once, and in the address", async () => {
    const visitor = new Visitor(script);
    await visitor.signUp("alice");
    const sessions = await (await visitor.get("/settings/sessions")).text();
    expect(sessions).not.toContain("<script>alert");
    expect(sessions).toContain("&lt;script&gt;");
    const said = await send("/", {
      headers: { Cookie: `__Host-wherry-said=${encodeURIComponent(script)}` },
    });
    expect(await said.text()).not.toContain("<script>alert");
    const address = await send(`/nothing/${script}`, { headers: { Accept: "text/html" } });
    expect(await address.text()).not.toContain("<script>alert");
  });

  test("does not lead away after signing in", async () => {
    const visitor = new Visitor();
    await visitor.signUp("alice");
    await visitor.post("/sign-out", { form: "signOut" });
    const answer = await visitor.post("/sign-in?next=//evil.example/", {
      form: "password",
      login: "alice",
      password: "cargo for all ports",
    });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("Location")).toBe("/");
  });
});

describe("a session", () => {
  test("has cookies that no script reads, that no other site sends, and that are of this host alone", async () => {
    const answer = await new Visitor().post("/sign-up", {
      form: "account",
      name: "alice",
      email: "alice@people.example",
      password: "cargo for all ports",
    });
    const cookies = answer.headers.getSetCookie();
    expect(cookies.length).toBeGreaterThan(1);
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__Host-/);
      expect(cookie).toMatch(/; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    }
  });

  test("is none to the JSON API, and an access token is none to the pages", async () => {
    const visitor = new Visitor();
    await visitor.signUp("alice");
    expect((await visitor.get("/api/v1/me")).status).toBe(401);
    const answer = await send("/settings", { headers: { Authorization: "Bearer a token for the tests" } });
    expect(answer.status).toBe(303);
  });
});

test("a file that pages load is kept for ever, under a name that changes with it", async () => {
  const visitor = new Visitor();
  await visitor.signUp("alice");
  const page = await (await visitor.get("/explore")).text();
  const paths = new Set([...page.matchAll(/"(\/assets\/[^"#]+)/g)].map(([, path = ""]) => path));
  expect([...paths].map((path) => path.replace(/-[0-9a-f]{12}/, "")).toSorted()).toEqual([
    "/assets/icons.svg",
    "/assets/public-sans.woff2",
    "/assets/sign.svg",
    "/assets/wherry.css",
    "/assets/wherry.js",
  ]);
  for (const path of paths) {
    const answer = await send(path);
    expect(answer.status, path).toBe(200);
    expect(answer.headers.get("Cache-Control"), path).toBe("public, max-age=31536000, immutable");
    expect(answer.headers.get("X-Content-Type-Options"), path).toBe("nosniff");
    await answer.text();
  }
  expect((await send("/assets/wherry-000000000000.js")).status).toBe(404);
});

describe("a session that somebody took over, and cannot confirm", () => {
  test("makes no rule for CI and no owner, as it makes no access token", async () => {
    const visitor = new Visitor();
    await visitor.signUp("alice");
    await env.DB.exec("update users set email_verified_at = 1");
    const made = await visitor.post("/organizations/new", { form: "create", name: "acme", displayName: "" });
    expect(made.status, await made.text()).toBe(303);
    const invite = async (form: string, role: string) =>
      visitor.post("/organizations/acme/invitations/new", {
        form,
        role,
        days: "7",
        ...(form === "email" ? { emails: "mallory@people.example" } : { uses: "1" }),
      });
    await env.DB.exec("update sign_in_sessions set sudo_until = 0");
    const answers = [
      await invite("email", "owner"),
      await invite("link", "maintainer"),
      await visitor.get("/settings/ci/new"),
      await visitor.get("/organizations/acme/ci/new"),
      await visitor.post("/organizations/acme/ci/new", { form: "create" }),
      await visitor.get("/settings/tokens/new"),
    ];
    for (const answer of answers) {
      expect([answer.url, answer.status]).toEqual([answer.url, 303]);
      expect(answer.headers.get("Location")).toMatch(/^\/confirm\?next=/);
    }
    expect((await invite("email", "member")).status).toBe(200);
    const { results } = await env.DB.prepare("select role from invitations").all();
    expect(results).toEqual([{ role: "member" }]);
  });
});
