import { beforeEach, describe, expect, it } from "vitest";
import {
  changeEmail,
  requestReset,
  sendVerification,
  signUp,
  verifyEmail,
} from "../../../workers/accounts/index.ts";
import { day, minute } from "../../../workers/platform/clock.ts";
import { AccountsWorld, password, refusal } from "./world.ts";

let world: AccountsWorld;

beforeEach(() => {
  world = new AccountsWorld();
});

const alice = { name: "alice", email: "alice@people.example", password };

describe("signing up", () => {
  it("makes a user with an address that is not verified, and signs in", async () => {
    const browser = world.browser();
    const opened = browser.take(await signUp(world.context, browser.visit, alice));
    expect(opened.user).toMatchObject({ name: "alice", administrator: false, emailVerified: false });
    const { user, email } = await browser.session();
    expect(user).toEqual(opened.user);
    expect(email).toBe("alice@people.example");
    expect(await world.log(user.id)).toEqual(["account.create", "session.start"]);
  });

  it("is verified by the link in the mail, once, within two days", async () => {
    const browser = world.browser();
    browser.take(await signUp(world.context, browser.visit, alice));
    const token = await world.linkToken(alice.email);
    const verify = async () => verifyEmail(world.context, browser.visit, await browser.session(), token);
    browser.take(await verify());
    expect((await browser.session()).user.emailVerified).toBe(true);
    expect((await refusal(verify())).kind).toBe("invalid");

    const late = world.browser();
    late.take(
      await signUp(world.context, late.visit, { ...alice, name: "late", email: "late@people.example" }),
    );
    const old = await world.linkToken("late@people.example");
    world.now += 2 * day;
    const { kind } = await refusal(verifyEmail(world.context, late.visit, await late.session(), old));
    expect(kind).toBe("invalid");
  });

  it("gives nobody's address to the account of whoever typed it: the link takes a session of that account", async () => {
    const mallory = world.browser();
    await signUp(world.context, mallory.visit, { ...alice, name: "mallory" });
    const token = await world.linkToken(alice.email);
    const victim = await world.person("bob");
    const { kind } = await refusal(verifyEmail(world.context, victim.visit, await victim.session(), token));
    expect(kind).toBe("invalid");
  });

  it("answers the same, after the same work, for an address that has an account", async () => {
    await world.person("alice");
    const work = async (name: string, email: string) => {
      const browser = world.browser();
      const before = [world.statements, world.hashes, world.jobs.length];
      const opened = await signUp(world.context, browser.visit, { name, email, password });
      const after = [world.statements, world.hashes, world.jobs.length];
      return {
        user: { ...opened.user, id: "", name: "" },
        work: after.map((count, index) => count - (before[index] ?? 0)),
      };
    };
    expect(await work("new1", "alice@people.example")).toEqual(await work("new2", "nobody@people.example"));
    const [mail] = await world.mails("alice@people.example");
    expect(mail?.subject).toBe("This e-mail address has an account already");
    expect(mail?.text).not.toContain("token=");
  });

  it("with somebody's address does not keep them from it", async () => {
    const squatter = world.browser();
    squatter.take(await signUp(world.context, squatter.visit, { ...alice, name: "squatter" }));
    const token = await world.linkToken(alice.email);
    const owner = await world.person("alice");
    expect((await owner.session()).user.emailVerified).toBe(true);
    const { kind } = await refusal(
      verifyEmail(world.context, squatter.visit, await squatter.session(), token),
    );
    expect(kind).toBe("conflict");
  });

  it.each([
    ["a name that is taken", { name: "bob" }, "conflict"],
    ["a reserved name", { name: "admin" }, "conflict"],
    ["a name that is none", { name: "Al ice" }, "invalid"],
    ["no address", { email: "alice" }, "invalid"],
    ["an address with a second recipient", { email: "alice@people.example, eve@people.example" }, "invalid"],
    [
      "an address with a header in it",
      { email: "alice@people.example\r\nBcc: eve@people.example" },
      "invalid",
    ],
    ["a short password", { password: "ninechars" }, "invalid"],
    ["an endless password", { password: "x1y2".repeat(65) }, "invalid"],
    ["a password with the name in it", { password: "xx ALICE xx 123" }, "invalid"],
    ["a password of one letter", { password: "aaaaaaaaaaaa" }, "invalid"],
  ])("is refused with %s, and leaves nothing behind", async (_, wanted, kind) => {
    await world.person("bob");
    const count = async () =>
      (await world.context.db.query.selectFrom("users").select("id").execute()).length;
    const before = await count();
    const refused = await refusal(signUp(world.context, world.browser().visit, { ...alice, ...wanted }));
    expect(refused.kind).toBe(kind);
    expect(await count()).toBe(before);
    const orphans = await world.context.db.query.selectFrom("sign_in_sessions").selectAll().execute();
    expect(orphans).toHaveLength(1);
  });

  it("is all or nothing: a failure on the way leaves no half an account", async () => {
    await world.context.db.query.schema.alterTable("sign_in_sessions").renameTo("elsewhere").execute();
    await expect(signUp(world.context, world.browser().visit, alice)).rejects.toThrow(/sign_in_sessions/);
    expect(await world.context.db.query.selectFrom("users").select("id").execute()).toEqual([]);
    expect(await world.context.db.query.selectFrom("sign_in_passwords").selectAll().execute()).toEqual([]);
    expect(await world.context.db.query.selectFrom("audit_log").selectAll().execute()).toEqual([]);
  });

  it("can be closed, or by invitation", async () => {
    const closed = new AccountsWorld({ variables: { SIGN_UP: "closed" } });
    expect((await refusal(signUp(closed.context, closed.browser().visit, alice))).kind).toBe("denied");

    const invited = new AccountsWorld({
      variables: { SIGN_UP: "invitation" },
      isInvited: async (invitation, email) => invitation === "come in" && email === alice.email,
    });
    const signUpWith = (invitation: string | undefined, email = alice.email) =>
      signUp(invited.context, invited.browser().visit, { ...alice, email, invitation });
    expect((await refusal(signUpWith(undefined))).kind).toBe("denied");
    expect((await refusal(signUpWith("let me in"))).kind).toBe("denied");
    expect((await refusal(signUpWith("come in", "eve@people.example"))).kind).toBe("denied");
    expect((await signUpWith("come in")).user.name).toBe("alice");
  });

  it("by an invitation verifies with a link that leads back to it, and never to words of somebody else's", async () => {
    const visit = world.browser().visit;
    await signUp(world.context, visit, { ...alice, invitation: "wry_in-vited" });
    expect((await world.mails(alice.email))[0]?.text).toContain("&next=/invitations/wry_in-vited");
    const eve = { name: "eve", email: "victim@people.example", password, invitation: "x/../you-have-won" };
    await signUp(world.context, visit, eve);
    const [mail] = await world.mails(eve.email);
    expect(mail?.text).toContain("/verify?token=");
    expect(mail?.text).not.toContain("won");
  });

  it("from one address ends at some number", async () => {
    const tries = Array.from({ length: 25 }, async (_, index) =>
      signUp(world.context, world.browser({ address: "203.0.113.9" }).visit, {
        name: `robot${index}`,
        email: `robot${index}@people.example`,
        password,
      }).then(
        () => "made",
        (error: { kind: string }) => error.kind,
      ),
    );
    const results = await Promise.all(tries);
    expect(results.filter((result) => result === "made")).toHaveLength(20);
    expect(results.filter((result) => result === "too-many")).toHaveLength(5);
    const elsewhere = world.browser({ address: "203.0.113.10" });
    expect((await signUp(world.context, elsewhere.visit, alice)).user.name).toBe("alice");
  });
});

describe("an address", () => {
  it("that was verified stays until the other one is, and is told of the change", async () => {
    const browser = await world.person("alice");
    const session = await browser.session();
    await changeEmail(world.context, browser.visit, session, { email: "new@people.example" });
    expect((await browser.session()).email).toBe("alice@people.example");
    const token = await world.linkToken("new@people.example");
    browser.take(await verifyEmail(world.context, browser.visit, await browser.session(), token));
    const { email, user } = await browser.session();
    expect([email, user.emailVerified]).toEqual(["new@people.example", true]);
    const [notice] = await world.mails("alice@people.example");
    expect(notice?.text).toContain("another e-mail address");
    expect(await world.log(user.id)).toEqual(expect.arrayContaining(["email.change", "email.verify"]));
  });

  it("that was not verified is replaced at once; the link sent before leads nowhere", async () => {
    const browser = world.browser();
    browser.take(await signUp(world.context, browser.visit, { ...alice, email: "typo@people.example" }));
    const old = await world.linkToken("typo@people.example");
    await changeEmail(world.context, browser.visit, await browser.session(), { email: alice.email });
    const { email, user } = await browser.session();
    expect([email, user.emailVerified]).toEqual([alice.email, false]);
    expect(
      (await refusal(verifyEmail(world.context, browser.visit, await browser.session(), old))).kind,
    ).toBe("invalid");
  });

  it("is not changed without confirmation", async () => {
    const browser = await world.person("alice");
    world.now += 16 * minute;
    const refused = await refusal(
      changeEmail(world.context, browser.visit, await browser.session(), { email: "new@people.example" }),
    );
    expect(refused).toMatchObject({ kind: "denied", detail: { sudo: true } });
  });

  it("gets a few mails and no more, however many are asked for", async () => {
    const browser = world.browser();
    browser.take(await signUp(world.context, browser.visit, alice));
    for (let count = 0; count < 10; count += 1)
      await sendVerification(world.context, browser.visit, await browser.session());
    expect((await world.mails(alice.email)).length).toBeLessThanOrEqual(6);
    const other = await world.person("bob");
    for (let count = 0; count < 15; count += 1)
      await requestReset(world.context, other.visit, "bob@people.example");
    expect((await world.mails("bob@people.example")).length).toBeLessThanOrEqual(6);
  });
});

describe("links in mails", () => {
  it("lead to PUBLIC_URL, and without it to no host: that of a request is its sender's choice", async () => {
    const browser = world.browser();
    await signUp(world.context, browser.visit, alice);
    const [mail] = await world.mails(alice.email);
    expect(mail?.text).toContain("\nhttps://hub.example/verify?token=");

    const bare = new AccountsWorld({ publicUrl: "" });
    await signUp(bare.context, bare.browser().visit, {
      ...alice,
      name: "other",
      email: "other@people.example",
    });
    const [relative] = await bare.mails("other@people.example");
    expect(relative?.text).toContain("\n/verify?token=");
    expect(relative?.text).not.toContain("hub.example");
  });
});
