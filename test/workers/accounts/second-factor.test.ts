import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  confirmTotp,
  confirmWithCode,
  confirmWithPassword,
  confirmationMethods,
  finishWithCode,
  hasSudo,
  removeTotp,
  renewRecoveryCodes,
  requireSudo,
  securityOf,
  signIn,
  startTotp,
} from "../../../workers/accounts/index.ts";
import { matchTotp, totpCode } from "../../../workers/accounts/totp.ts";
import { minute, second } from "../../../workers/platform/clock.ts";
import { AccountsWorld, password, refusal, type Browser } from "./world.ts";

let world: AccountsWorld;
let alice: Browser;

beforeEach(async () => {
  world = new AccountsWorld();
  alice = await world.person("alice");
});

afterEach(async () => world.finish());

const codeAt = async (secret: string, time: number) => totpCode(secret, Math.floor(time / (30 * second)));

/** Sets up an authenticator app in alice's browser. */
async function setUp(): Promise<{ secret: string; recoveryCodes: string[] }> {
  const { secret } = await startTotp(world.context, alice.visit, await alice.session());
  const code = await codeAt(secret, world.now);
  const { opened, recoveryCodes } = await confirmTotp(
    world.context,
    alice.visit,
    await alice.session(),
    code,
  );
  alice.take(opened);
  // A code is good once; the next one is of another time.
  world.now += minute;
  return { secret, recoveryCodes };
}

/** Signs in with the password in another browser. @returns the ticket for the second factor. */
async function begin(browser = world.browser()): Promise<string> {
  const step = await signIn(world.context, browser.visit, { login: "alice", password });
  if (step.step !== "second-factor") throw new Error("no second factor was asked for");
  return step.ticket;
}

const finish = async (ticket: string, code: string, browser = world.browser()) =>
  finishWithCode(world.context, browser.visit, { ticket, code }).then(
    () => "in",
    (error: { kind: string }) => error.kind,
  );

describe("codes of the authenticator app", () => {
  // RFC 6238, appendix B, the last six digits.
  it.each([
    [59, "287082"],
    [1111111109, "081804"],
    [1234567890, "005924"],
    [20000000000, "353130"],
  ])("are those of RFC 6238 at %i s", async (time, code) => {
    expect(await totpCode("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", Math.floor(time / 30))).toBe(code);
  });

  it("of the step before and after are taken, others are not", async () => {
    const secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    const now = 1_000_000 * 30 * second;
    const match = async (steps: number) =>
      matchTotp(secret, await totpCode(secret, 1_000_000 + steps), now, 0);
    expect(await Promise.all([-2, -1, 0, 1, 2].map(match))).toEqual([
      undefined,
      999_999,
      1_000_000,
      1_000_001,
      undefined,
    ]);
  });
});

describe("an authenticator app", () => {
  it("changes nothing until a code of it was given", async () => {
    await startTotp(world.context, alice.visit, await alice.session());
    const { opened } = (await signIn(world.context, world.browser().visit, { login: "alice", password })) as {
      opened?: unknown;
    };
    expect(opened).toBeDefined();
    const wrong = await refusal(confirmTotp(world.context, alice.visit, await alice.session(), "000000"));
    expect(wrong.kind).toBe("denied");
    expect((await alice.session()).user.twoFactor).toBe(false);
  });

  it("is asked for a code from then on, and gives ten recovery codes", async () => {
    const { secret, recoveryCodes } = await setUp();
    expect(recoveryCodes).toHaveLength(10);
    expect((await alice.session()).user.twoFactor).toBe(true);
    expect(await finish(await begin(), await codeAt(secret, world.now))).toBe("in");
    const security = await securityOf(world.context, await alice.session());
    expect(security).toMatchObject({ password: true, totp: true, recoveryCodesLeft: 10 });
  });

  it("has its secret sealed in the database", async () => {
    const { secret } = await setUp();
    const row = await world.context.db.query.selectFrom("sign_in_totp").selectAll().executeTakeFirst();
    expect(JSON.stringify(row)).not.toContain(secret);
  });

  it("gives codes that are good once, also at the same moment", async () => {
    const { secret } = await setUp();
    const code = await codeAt(secret, world.now);
    const tickets = await Promise.all([begin(), begin(), begin()]);
    const results = await Promise.all(tickets.map(async (ticket) => finish(ticket, code)));
    expect(results.toSorted()).toEqual(["denied", "denied", "in"]);
    // Nor is one of before that: whoever saw it may have waited.
    expect(await finish(await begin(), await codeAt(secret, world.now - 30 * second))).toBe("denied");
  });

  it("is not guessed: five codes for a sign-in, and ten in all", async () => {
    const { secret } = await setUp();
    const ticket = await begin();
    const results: string[] = [];
    for (let index = 0; index < 6; index += 1) results.push(await finish(ticket, `00000${index}`));
    expect(results).toEqual([...Array<string>(5).fill("denied"), "unauthenticated"]);
    const next = await begin();
    const more: string[] = [];
    for (let index = 0; index < 5; index += 1) more.push(await finish(next, `11111${index}`));
    expect(more).toEqual(Array<string>(5).fill("denied"));
    expect(await finish(await begin(), await codeAt(secret, world.now))).toBe("too-many");
    // Whoever guesses has the password; the owner's own browser goes on.
    expect(await finish(await begin(alice), await codeAt(secret, world.now), alice)).toBe("in");
  });

  it("takes confirmation to be set up and to be removed", async () => {
    await setUp();
    world.now += 16 * minute;
    const session = await alice.session();
    expect((await refusal(startTotp(world.context, alice.visit, session))).detail).toEqual({ sudo: true });
    expect((await refusal(removeTotp(world.context, session))).detail).toEqual({ sudo: true });
    expect((await refusal(renewRecoveryCodes(world.context, session))).detail).toEqual({ sudo: true });
    alice.take(await confirmWithPassword(world.context, alice.visit, session, password));
    await removeTotp(world.context, await alice.session());
    expect((await alice.session()).user.twoFactor).toBe(false);
    expect(await securityOf(world.context, await alice.session())).toMatchObject({
      totp: false,
      recoveryCodesLeft: 0,
    });
    await world.browser().signIn("alice");
    expect((await world.mails("alice@people.example"))[0]?.text).toContain("authenticator app was removed");
  });
});

describe("a ticket of a sign-in", () => {
  it("is good for ten minutes, once, and for its own account", async () => {
    const { secret, recoveryCodes } = await setUp();
    const late = await begin();
    world.now += 10 * minute;
    expect(await finish(late, await codeAt(secret, world.now))).toBe("unauthenticated");
    const ticket = await begin();
    expect(await finish(ticket, await codeAt(secret, world.now))).toBe("in");
    expect(await finish(ticket, recoveryCodes[0] ?? "")).toBe("unauthenticated");
    expect(await finish("made up", recoveryCodes[0] ?? "")).toBe("unauthenticated");
  });
});

describe("a recovery code", () => {
  it("stands in for the app once, however it is typed", async () => {
    const { recoveryCodes } = await setUp();
    const [first = "", second = ""] = recoveryCodes;
    expect(first).toMatch(/^[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}-[2-9A-HJKMNP-Z]{5}$/);
    expect(await finish(await begin(), first)).toBe("in");
    expect(await finish(await begin(), first)).toBe("denied");
    expect(await finish(await begin(), ` ${second.toLowerCase().replaceAll("-", " ")} `)).toBe("in");
    const { id } = (await alice.session()).user;
    expect(await world.log(id)).toContain("second-factor.recovery-code.use");
    const rows = await world.context.db.query.selectFrom("sign_in_recovery_codes").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(first);
  });

  it("is void when new ones are made, and is nobody else's", async () => {
    const { recoveryCodes } = await setUp();
    const fresh = await renewRecoveryCodes(world.context, await alice.session());
    expect(await finish(await begin(), recoveryCodes[0] ?? "")).toBe("denied");
    const row = await world.context.db.query
      .selectFrom("users")
      .select("id")
      .where("name", "=", "alice")
      .executeTakeFirst();
    await world.context.db.query
      .updateTable("sign_in_recovery_codes")
      .set({ used_at: 1 })
      .where("user_id", "=", row?.id ?? "")
      .execute();
    expect(await finish(await begin(), fresh[0] ?? "")).toBe("denied");
  });
});

describe("confirming", () => {
  it("lasts 15 minutes, and is by whatever one has", async () => {
    const { secret } = await setUp();
    world.now += 15 * minute;
    const session = await alice.session();
    expect(hasSudo(world.context, session)).toBe(false);
    expect(() => requireSudo(world.context, session)).toThrow(/confirm/);
    expect(await confirmationMethods(world.context, session)).toEqual(["password", "totp"]);
    const before = alice.cookies.get("__Host-wherry");
    const opened = await confirmWithCode(
      world.context,
      alice.visit,
      session,
      await codeAt(secret, world.now),
    );
    alice.take(opened);
    expect(alice.cookies.get("__Host-wherry")).not.toBe(before);
    expect(hasSudo(world.context, await alice.session())).toBe(true);
    world.now += 15 * minute;
    expect(hasSudo(world.context, await alice.session())).toBe(false);
  });

  it("is refused with a wrong password, which is counted", async () => {
    const session = await alice.session();
    const results: string[] = [];
    for (let index = 0; index < 11; index += 1)
      results.push((await refusal(confirmWithPassword(world.context, alice.visit, session, "a guess"))).kind);
    expect(results).toEqual([...Array<string>(10).fill("denied"), "too-many"]);
  });
});
