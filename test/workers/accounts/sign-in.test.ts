import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  changePassword,
  cookiesFor,
  cookiesOfSignOut,
  requestReset,
  signIn,
  signOut,
  signUp,
} from "../../../workers/accounts/index.ts";
import { day, minute } from "../../../workers/platform/clock.ts";
import { AccountsWorld, origin, password, refusal, type Browser } from "./world.ts";

let world: AccountsWorld;

beforeEach(() => {
  world = new AccountsWorld();
});

afterEach(async () => world.finish());

const tryPassword = async (browser: Browser, login: string, typed: string) =>
  signIn(world.context, browser.visit, { login, password: typed }).then(
    () => "in",
    (error: { kind: string }) => error.kind,
  );

describe("signing in", () => {
  it("takes the name, in any case, or the verified address", async () => {
    const alice = await world.person("alice");
    const { id } = (await alice.session()).user;
    for (const login of ["alice", "ALICE", " alice ", "Alice@People.example"]) {
      const browser = world.browser();
      await browser.signIn(login);
      expect((await browser.session()).user.id).toBe(id);
    }
    expect(await world.log(id)).toContain("session.start");
  });

  it("does not take an address that was not verified: it may be anybody's", async () => {
    const mallory = world.browser();
    await signUp(world.context, mallory.visit, { name: "mallory", email: "alice@people.example", password });
    expect(await tryPassword(world.browser(), "alice@people.example", password)).toBe("denied");
  });

  it("does not tell unknown accounts from wrong passwords: in its answer, its hashes or its statements", async () => {
    await world.person("alice");
    await world.settle();
    const attempt = async (login: string) => {
      const before = [world.statements, world.hashes];
      const { kind, message } = await refusal(
        signIn(world.context, world.browser().visit, { login, password: "not the password" }),
      );
      // What goes on behind the answer costs the caller no time.
      const after = [world.statements, world.hashes];
      return { kind, message, hashes: (after[1] ?? 0) - (before[1] ?? 0) };
    };
    const known = await attempt("alice");
    expect(known.hashes).toBe(1);
    for (const login of [
      "nobody",
      "nobody@people.example",
      "alice@people.example",
      "",
      "a b c",
      "x".repeat(5000),
    ])
      expect(await attempt(login)).toEqual(known);
  });

  it("hashes no password that is longer than any can be", async () => {
    await world.person("alice");
    const before = world.hashes;
    expect(await tryPassword(world.browser(), "alice", "x".repeat(100_000))).toBe("invalid");
    expect(world.hashes).toBe(before);
  });

  it("hashes anew what was hashed otherwise than passwords are now", async () => {
    const alice = await world.person("alice");
    const { id } = (await alice.session()).user;
    world.context.hasher = {
      ...world.context.hasher,
      isOutdated: (stored) => !stored.startsWith("new "),
      hash: async (text) => `new hash of ${text}`,
    };
    await world.browser().signIn("alice");
    const row = await world.context.db.query
      .selectFrom("sign_in_passwords")
      .select("hash")
      .where("user_id", "=", id)
      .executeTakeFirst();
    expect(row?.hash).toBe(`new hash of ${password}`);
  });
});

describe("guessing passwords", () => {
  it("of one account, from many addresses, ends; its owner's own browser goes on", async () => {
    const alice = await world.person("alice");
    const results: string[] = [];
    for (let index = 0; index < 14; index += 1)
      results.push(await tryPassword(world.browser({ address: `198.51.100.${index}` }), "alice", "a guess"));
    expect(results.slice(0, 10)).toEqual(Array<string>(10).fill("denied"));
    expect(results.slice(10)).toEqual(Array<string>(4).fill("too-many"));
    // Also the right one, from a browser that the account does not know.
    expect(await tryPassword(world.browser({ address: "198.51.100.99" }), "alice", password)).toBe(
      "too-many",
    );
    await alice.signIn("alice");
    // And the way by mail is open to whoever reads it.
    await requestReset(
      world.context,
      world.browser({ address: "198.51.100.99" }).visit,
      "alice@people.example",
    );
    expect(await world.linkToken("alice@people.example")).toMatch(/^[\w-]{43}$/);
  });

  it("says how long to wait, and after that goes on", async () => {
    await world.person("alice");
    for (let index = 0; index < 10; index += 1) await tryPassword(world.browser(), "alice", "a guess");
    const { detail, message } = await refusal(
      signIn(world.context, world.browser().visit, { login: "alice", password }),
    );
    expect(detail).toEqual({ retry_after: 60 });
    expect(message).toContain("60 s");
    world.now += minute;
    expect(await tryPassword(world.browser(), "alice", password)).toBe("in");
  });

  it("of many accounts, from one address, ends; an IPv6 /64 is one address", async () => {
    await world.person("alice");
    const results = await Promise.all(
      Array.from({ length: 34 }, async (_, index) =>
        tryPassword(world.browser({ address: `2001:db8:1:2::${index}` }), `account${index}`, "a guess"),
      ),
    );
    expect(results.filter((result) => result === "denied")).toHaveLength(30);
    expect(results.filter((result) => result === "too-many")).toHaveLength(4);
    expect(await tryPassword(world.browser({ address: "2001:db8:1:2:f::" }), "alice", password)).toBe(
      "too-many",
    );
    expect(await tryPassword(world.browser({ address: "2001:db8:1:3::1" }), "alice", password)).toBe("in");
  });

  it("counts a hundred tries at the same moment one by one", async () => {
    await world.person("alice");
    const results = await Promise.all(
      Array.from({ length: 40 }, async (_, index) =>
        tryPassword(world.browser({ address: `198.51.100.${index}` }), "alice", "a guess"),
      ),
    );
    expect(results.filter((result) => result === "denied")).toHaveLength(10);
  });

  it("is not made easier by a browser's mark of another account, or a made-up one", async () => {
    const mallory = await world.person("mallory");
    await world.person("alice");
    for (let index = 0; index < 10; index += 1) await tryPassword(world.browser(), "alice", "a guess");
    expect(await tryPassword(mallory, "alice", "a guess")).toBe("too-many");
    const forged = world.browser();
    forged.cookies.set("__Host-wherry-device", `${"A".repeat(43)}~${"B".repeat(43)}`);
    expect(await tryPassword(forged, "alice", "a guess")).toBe("too-many");
  });

  it("in a browser that the account knows ends too", async () => {
    const alice = await world.person("alice");
    const results: string[] = [];
    for (let index = 0; index < 12; index += 1) results.push(await tryPassword(alice, "alice", "a guess"));
    expect(results.filter((result) => result === "denied")).toHaveLength(10);
  });

  it("does not count what was right", async () => {
    await world.person("alice");
    for (let index = 0; index < 20; index += 1)
      expect(await tryPassword(world.browser({ address: "198.51.100.1" }), "alice", password)).toBe("in");
  });
});

describe("a session", () => {
  it("is read in one statement", async () => {
    const alice = await world.person("alice");
    await world.settle();
    const before = world.statements;
    await alice.session();
    expect(world.statements - before).toBe(1);
  });

  it("is new at each sign-in: one that was planted is worth nothing", async () => {
    const planted = await world.person("mallory");
    const victim = world.browser();
    await world.person("alice");
    for (const [name, value] of planted.cookies) victim.cookies.set(name, value);
    const before = victim.cookies.get("__Host-wherry");
    await victim.signIn("alice");
    expect(victim.cookies.get("__Host-wherry")).not.toBe(before);
    // And the one that was planted has ended.
    expect(await planted.maybeSession()).toBeUndefined();
  });

  it.each([
    ["changed", (text: string) => `${text.slice(0, -1)}${text.endsWith("A") ? "B" : "A"}`],
    ["cut", (text: string) => text.slice(0, 20)],
    ["empty", () => ""],
    ["its own HMAC", () => "the hmac"],
    ["a wildcard", () => "%"],
  ])("with a cookie that is %s is none", async (_, change) => {
    const alice = await world.person("alice");
    alice.cookies.set("__Host-wherry", change(alice.cookies.get("__Host-wherry") ?? ""));
    expect(await alice.maybeSession()).toBeUndefined();
  });

  it("is not signed in by what the database holds of it", async () => {
    const alice = await world.person("alice");
    const row = await world.context.db.query
      .selectFrom("sign_in_sessions")
      .select(["hmac", "id"])
      .executeTakeFirst();
    for (const stolen of [row?.hmac, row?.id]) {
      alice.cookies.set("__Host-wherry", stolen ?? "");
      expect(await alice.maybeSession()).toBeUndefined();
    }
  });

  it("ends two weeks after it was last used, and after 90 days however much it is", async () => {
    const alice = await world.person("alice");
    world.now += 13 * day;
    await alice.session();
    await world.settle();
    for (let week = 0; week < 10; week += 1) {
      world.now += 7 * day;
      await alice.session();
      await world.settle();
    }
    world.now += 8 * day;
    expect(await alice.maybeSession()).toBeUndefined();

    const idle = await world.person("bob");
    world.now += 14 * day;
    expect(await idle.maybeSession()).toBeUndefined();
  });

  it("ends at once when one signs out", async () => {
    const alice = await world.person("alice");
    const copy = world.browser();
    for (const [name, value] of alice.cookies) copy.cookies.set(name, value);
    await signOut(world.context, await alice.session());
    alice.keep(cookiesOfSignOut(alice.visit));
    expect(await alice.maybeSession()).toBeUndefined();
    expect(await copy.maybeSession()).toBeUndefined();
    expect(alice.cookies.has("__Host-wherry-device")).toBe(true);
  });

  it("has a cookie that other sites, scripts and plain HTTP do not get", async () => {
    const alice = await world.person("alice");
    const opened = { user: (await alice.session()).user, sessionText: "s", deviceText: "d" };
    const [session, device] = cookiesFor(alice.visit, opened);
    expect(session).toBe("__Host-wherry=s; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax; Secure");
    expect(device).toMatch(/^__Host-wherry-device=d; Path=\/; Max-Age=\d+; HttpOnly; SameSite=Lax; Secure$/);
    expect(origin).toMatch(/^https:/);
    const [plain] = cookiesFor({ ...alice.visit, origin: "http://192.0.2.1:5000" }, opened);
    expect(plain).toBe("wherry=s; Path=/; Max-Age=7776000; HttpOnly; SameSite=Lax");
  });
});

describe("changing the password", () => {
  it("takes confirmation, ends all other sessions and renews this one", async () => {
    const alice = await world.person("alice");
    const elsewhere = world.browser();
    await elsewhere.signIn("alice");
    const before = alice.cookies.get("__Host-wherry");
    const session = await alice.session();
    alice.take(await changePassword(world.context, alice.visit, session, { password: "another good one" }));
    expect(await elsewhere.maybeSession()).toBeUndefined();
    expect(alice.cookies.get("__Host-wherry")).not.toBe(before);
    expect((await alice.session()).id).toBe(session.id);
    expect(await tryPassword(world.browser(), "alice", password)).toBe("denied");
    expect(await tryPassword(world.browser(), "alice", "another good one")).toBe("in");
    expect(await world.log(session.user.id)).toContain("password.change");
    expect((await world.mails("alice@people.example"))[0]?.text).toContain(
      "password of your account was changed",
    );

    world.now += 16 * minute;
    const late = await refusal(
      changePassword(world.context, alice.visit, await alice.session(), { password: "yet another one" }),
    );
    expect(late).toMatchObject({ kind: "denied", detail: { sudo: true } });
  });
});
