import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  changeEmail,
  claimAccount,
  confirmTotp,
  requestReset,
  resetPassword,
  signIn,
  signUp,
  startTotp,
  verifyEmail,
} from "../../../workers/accounts/index.ts";
import {
  createAccessToken,
  everyScope,
  signIn as principalOf,
  type User,
} from "../../../workers/auth/index.ts";
import { totpCode } from "../../../workers/accounts/totp.ts";
import { hour, minute, second } from "../../../workers/platform/clock.ts";
import { AccountsWorld, password, refusal } from "./world.ts";

let world: AccountsWorld;

beforeEach(() => {
  world = new AccountsWorld();
});

afterEach(async () => world.finish());

const better = "a better password";

const reset = async (token: string, code?: string) =>
  resetPassword(world.context, world.browser().visit, { token, password: better, code }).then(
    ({ step }) => step,
    (error: { kind: string }) => error.kind,
  );

const ask = async (email: string) => requestReset(world.context, world.browser().visit, email);

describe("resetting a password", () => {
  it("is by a link that is mailed; all sessions end", async () => {
    const alice = await world.person("alice");
    await ask("ALICE@people.example");
    const token = await world.linkToken("alice@people.example");
    const rows = await world.context.db.query.selectFrom("sign_in_tickets").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
    const browser = world.browser();
    const step = await resetPassword(world.context, browser.visit, { token, password: better });
    if (step.step !== "done") throw new Error("a code was asked for");
    browser.take(step.opened);
    expect(await alice.maybeSession()).toBeUndefined();
    expect((await browser.session()).user.name).toBe("alice");
    expect((await refusal(signIn(world.context, browser.visit, { login: "alice", password }))).kind).toBe(
      "denied",
    );
    await world.browser().signIn("alice", better);
    expect(await world.log((await browser.session()).user.id)).toContain("password.reset");
  });

  it("works once, also at the same moment, for an hour, and voids the other links", async () => {
    await world.person("alice");
    await ask("alice@people.example");
    const first = await world.linkToken("alice@people.example");
    await ask("alice@people.example");
    const token = await world.linkToken("alice@people.example");
    const results = await Promise.all([reset(token), reset(token), reset(token)]);
    expect(results.toSorted()).toEqual(["done", "invalid", "invalid"]);
    expect(await reset(token)).toBe("invalid");
    expect(await reset(first)).toBe("invalid");
    await ask("alice@people.example");
    const late = await world.linkToken("alice@people.example");
    world.now += hour;
    expect(await reset(late)).toBe("invalid");
    expect(await reset("made up")).toBe("invalid");
  });

  it("does the same whether there is such an account or not", async () => {
    await world.person("alice");
    await world.settle();
    const work = async (email: string) => {
      const before = [world.statements, world.hashes];
      await ask(email);
      const jobs = world.jobs.map(({ type }) => type);
      const after = [world.statements, world.hashes];
      await world.settle();
      return { jobs, work: after.map((count, index) => count - (before[index] ?? 0)) };
    };
    const known = await work("alice@people.example");
    expect(known).toEqual({ jobs: ["reset-mail"], work: [0, 0] });
    expect(await work("nobody@people.example")).toEqual(known);
    expect(await world.mails("nobody@people.example")).toEqual([]);
  });

  it("cannot be kept from somebody by having them sent other mail", async () => {
    await world.person("alice");
    for (let index = 0; index < 10; index += 1)
      await signUp(world.context, world.browser().visit, {
        name: `m${index}`,
        email: "alice@people.example",
        password,
      });
    await world.settle();
    await ask("alice@people.example");
    expect(await reset(await world.linkToken("alice@people.example"))).toBe("done");
  });

  it("is not for an address that somebody only claims", async () => {
    await signUp(world.context, world.browser().visit, {
      name: "mallory",
      email: "alice@people.example",
      password,
    });
    await world.settle();
    await ask("alice@people.example");
    expect((await world.mails("alice@people.example")).map(({ subject }) => subject)).toEqual([
      "Verify your e-mail address",
    ]);
  });

  it("asks for the second factor when there is one: the mailbox alone is not enough", async () => {
    const alice = await world.person("alice");
    const { secret } = await startTotp(world.context, alice.visit, await alice.session());
    const code = async () => totpCode(secret, Math.floor(world.now / (30 * second)));
    const { recoveryCodes } = await confirmTotp(
      world.context,
      alice.visit,
      await alice.session(),
      await code(),
    );
    world.now += minute;
    await ask("alice@people.example");
    const token = await world.linkToken("alice@people.example");
    expect(await reset(token)).toBe("code-needed");
    expect(await reset(token, "000000")).toBe("denied");
    expect(await reset(token, recoveryCodes[0])).toBe("done");
    await ask("alice@people.example");
    expect(await reset(await world.linkToken("alice@people.example"), await code())).toBe("done");
  });

  it("is not by a link to an address that the account no longer has", async () => {
    const alice = await world.person("alice");
    await ask("alice@people.example");
    const old = await world.linkToken("alice@people.example");
    await changeEmail(world.context, alice.visit, await alice.session(), { email: "new@people.example" });
    const token = await world.linkToken("new@people.example");
    await verifyEmail(world.context, alice.visit, await alice.session(), token);
    expect(await reset(old)).toBe("invalid");
  });

  it("takes no link that was made for something else", async () => {
    await signUp(world.context, world.browser().visit, {
      name: "alice",
      email: "alice@people.example",
      password,
    });
    expect(await reset(await world.linkToken("alice@people.example"))).toBe("invalid");
  });
});

describe("where addresses are not known", () => {
  it("whoever guesses passwords all the time keeps nobody from a link by mail, nor from their second factor", async () => {
    const alice = await world.person("alice");
    const { secret } = await startTotp(world.context, alice.visit, await alice.session());
    const code = async () => totpCode(secret, Math.floor(world.now / (30 * second)));
    await confirmTotp(world.context, alice.visit, await alice.session(), await code());
    world.now += minute;
    await ask("alice@people.example");
    const token = await world.linkToken("alice@people.example");
    const guess = async (index: number) =>
      refusal(
        signIn(world.context, world.browser().visit, { login: `nobody${index}`, password: "a mere guess" }),
      );
    const kinds = (await Promise.all(Array.from({ length: 302 }, (_, index) => guess(index)))).map(
      ({ kind }) => kind,
    );
    expect(kinds.filter((kind) => kind === "too-many")).toHaveLength(2);
    const given = { token, password: better, code: await code() };
    expect(await resetPassword(world.context, world.browser().visit, given)).toMatchObject({ step: "done" });
  });
});

/** A new access token of somebody. */
async function tokenOf(user: User, scopes: readonly string[]): Promise<string> {
  const wanted = { kind: "personal" as const, name: "test", scopes: [...scopes], expiresAt: null };
  return (await createAccessToken(world.context.auth, user, {}, wanted)).text;
}

describe("claiming an account that an administrator made", () => {
  const given = { accessToken: "the administrator's first token", email: "root@people.example", password };
  const claim = async (changes: Partial<typeof given>) =>
    claimAccount(world.context, world.browser().visit, { ...given, ...changes });

  it("gives it a password; its rights do not sink until its address is verified", async () => {
    const browser = world.browser();
    browser.take(await claimAccount(world.context, browser.visit, given));
    const { user } = await browser.session();
    expect(user).toMatchObject({ name: "admin", administrator: true, emailVerified: true, token: undefined });
    await world.browser().signIn("admin");
    const token = await world.linkToken("root@people.example");
    browser.take(await verifyEmail(world.context, browser.visit, await browser.session(), token));
    expect((await browser.session()).email).toBe("root@people.example");
    expect(await world.log(user.id)).toContain("account.claim");
  });

  it("is done once", async () => {
    await claim({});
    expect((await refusal(claim({ password: better }))).kind).toBe("conflict");
    await world.browser().signIn("admin");
    expect(
      (await refusal(signIn(world.context, world.browser().visit, { login: "admin", password: better })))
        .kind,
    ).toBe("denied");
  });

  it("takes a token of theirs with the scope account", async () => {
    expect((await refusal(claim({ accessToken: "a wrong token altogether" }))).kind).toBe("denied");
    const admin = (await principalOf(world.context.auth, given.accessToken, undefined))?.principal as User;
    const narrow = await tokenOf(
      admin,
      everyScope.filter((scope) => scope !== "account"),
    );
    const refused = await refusal(claim({ accessToken: narrow }));
    expect(refused.message).toContain('lacks the scope "account"');
  });

  it("of an administrator takes a token that lets them act as one: a narrow one does not widen itself so", async () => {
    const admin = (await principalOf(world.context.auth, given.accessToken, undefined))?.principal as User;
    const accessToken = await tokenOf(admin, ["account", "repository:**:pull"]);
    const refused = await refusal(claim({ accessToken }));
    expect([refused.kind, refused.message]).toEqual([
      "denied",
      expect.stringContaining('lacks the scope "administration"'),
    ]);
    await claim({});
  });

  it("is not for somebody who signed up: a leaked token gives nobody a password", async () => {
    const alice = await world.person("alice");
    const accessToken = await tokenOf((await alice.session()).user, everyScope);
    expect((await refusal(claim({ accessToken }))).kind).toBe("conflict");
  });
});
