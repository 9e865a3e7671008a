import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  addPasskey,
  confirmWithPasskey,
  finishPasskeySignIn,
  hasSudo,
  removePasskey,
  renamePasskey,
  securityOf,
  signIn,
  startPasskey,
  startPasskeyConfirmation,
  startPasskeySignIn,
} from "../../../workers/accounts/index.ts";
import { minute } from "../../../workers/platform/clock.ts";
import { Authenticator } from "./authenticator.ts";
import { AccountsWorld, password, refusal, type Browser } from "./world.ts";

let world: AccountsWorld;
let alice: Browser;

beforeEach(async () => {
  world = new AccountsWorld();
  alice = await world.person("alice");
});

afterEach(async () => world.finish());

type Faults = Parameters<Authenticator["signIn"]>[1];

/** Adds a passkey to the account of a browser's session. */
async function add(browser: Browser, faults: Faults = {}) {
  const authenticator = await Authenticator.create("hub.example");
  const { challenge, options } = await startPasskey(world.context, browser.visit, await browser.session());
  const response = await authenticator.register(options, faults);
  const given = { challenge, response, name: "laptop" };
  const added = await addPasskey(world.context, browser.visit, await browser.session(), given);
  browser.take(added.opened);
  return { authenticator, recoveryCodes: added.recoveryCodes, given };
}

async function enter(authenticator: Authenticator, faults: Faults = {}, browser = world.browser()) {
  const { challenge, options } = await startPasskeySignIn(world.context, browser.visit);
  const response = await authenticator.signIn(options, faults);
  const given = { challenge, response };
  browser.take(await finishPasskeySignIn(world.context, browser.visit, given));
  return { browser, given };
}

describe("a passkey", () => {
  it("signs in without the password, and is a second factor of its own", async () => {
    const { authenticator, recoveryCodes } = await add(alice);
    expect(recoveryCodes).toHaveLength(10);
    const { browser } = await enter(authenticator);
    expect((await browser.session()).user).toMatchObject({ name: "alice", twoFactor: true });
    const security = await securityOf(world.context, await alice.session());
    expect(security.passkeys).toMatchObject([
      { id: authenticator.id, name: "laptop", lastUsedAt: world.now },
    ]);
    expect(await world.log((await alice.session()).user.id)).toContain("passkey.add");
  });

  it("is asked for behind the password, which alone no longer signs in", async () => {
    const { authenticator } = await add(alice);
    const browser = world.browser();
    const step = await signIn(world.context, browser.visit, { login: "alice", password });
    if (step.step !== "second-factor") throw new Error("no second factor was asked for");
    expect(step.methods).toEqual(["passkey", "recovery-code"]);
    const { challenge, options } = await startPasskeySignIn(world.context, browser.visit);
    const response = await authenticator.signIn(options);
    browser.take(
      await finishPasskeySignIn(world.context, browser.visit, { challenge, response, ticket: step.ticket }),
    );
    expect((await browser.session()).user.name).toBe("alice");
  });

  it("of somebody else is no second factor, and confirms nothing", async () => {
    await add(alice);
    const bob = await world.person("bob");
    const { authenticator } = await add(bob);
    const step = await signIn(world.context, world.browser().visit, { login: "alice", password });
    if (step.step !== "second-factor") throw new Error("no second factor was asked for");
    const asked = await startPasskeySignIn(world.context, alice.visit);
    const response = await authenticator.signIn(asked.options);
    const given = { challenge: asked.challenge, response, ticket: step.ticket };
    expect((await refusal(finishPasskeySignIn(world.context, alice.visit, given))).kind).toBe("denied");

    const session = await alice.session();
    const { challenge, options } = await startPasskeyConfirmation(world.context, alice.visit, session);
    const confirmation = { challenge, response: await authenticator.signIn(options) };
    const refused = await refusal(confirmWithPasskey(world.context, alice.visit, session, confirmation));
    expect(refused.kind).toBe("denied");
  });

  it("of somebody else is neither renamed nor removed", async () => {
    const { authenticator } = await add(alice);
    const bob = await world.person("bob");
    const session = await bob.session();
    const { id } = authenticator;
    expect((await refusal(renamePasskey(world.context, session, { id, name: "mine" }))).kind).toBe(
      "not-found",
    );
    expect((await refusal(removePasskey(world.context, session, id))).kind).toBe("not-found");
  });

  it.each<[string, Faults]>([
    ["made at another site", { origin: "https://hub.example.evil.example" }],
    ["to another challenge", { challenge: "AAAA" }],
    ["without unlocking the device", { withoutUser: true }],
  ])("is refused with an answer %s, to sign in and to register", async (_, faults) => {
    const { authenticator } = await add(alice);
    expect((await refusal(enter(authenticator, faults))).kind).toBe("denied");
    expect((await refusal(add(alice, faults))).kind).toBe("invalid");
  });

  it("is refused with an answer that names another's passkey, or one that is not there", async () => {
    const { authenticator } = await add(alice);
    const bob = await world.person("bob");
    const other = await add(bob);
    expect((await refusal(enter(other.authenticator, { id: authenticator.id }))).kind).toBe("denied");
    const stranger = await Authenticator.create("hub.example");
    expect((await refusal(enter(stranger))).kind).toBe("denied");
  });

  it("answers a challenge once, within ten minutes, and for what it was asked", async () => {
    const { authenticator, given } = await add(alice);
    const registeredAgain = addPasskey(world.context, alice.visit, await alice.session(), given);
    expect((await refusal(registeredAgain)).kind).toBe("invalid");

    const entered = await enter(authenticator);
    const replayed = finishPasskeySignIn(world.context, world.browser().visit, entered.given);
    expect((await refusal(replayed)).kind).toBe("invalid");

    const late = await startPasskeySignIn(world.context, alice.visit);
    world.now += 10 * minute;
    const response = await authenticator.signIn(late.options);
    const tooLate = finishPasskeySignIn(world.context, alice.visit, { challenge: late.challenge, response });
    expect((await refusal(tooLate)).kind).toBe("invalid");

    const session = await alice.session();
    const asked = await startPasskeySignIn(world.context, alice.visit);
    const elsewhere = { challenge: asked.challenge, response: await authenticator.signIn(asked.options) };
    expect((await refusal(confirmWithPasskey(world.context, alice.visit, session, elsewhere))).kind).toBe(
      "invalid",
    );
  });

  it("confirms that it is still its owner", async () => {
    const { authenticator } = await add(alice);
    world.now += 20 * minute;
    const session = await alice.session();
    expect(hasSudo(world.context, session)).toBe(false);
    const { challenge, options } = await startPasskeyConfirmation(world.context, alice.visit, session);
    const given = { challenge, response: await authenticator.signIn(options) };
    alice.take(await confirmWithPasskey(world.context, alice.visit, session, given));
    expect(hasSudo(world.context, await alice.session())).toBe(true);
  });

  it("is renamed, and removed; with the last one the password signs in alone again", async () => {
    const { authenticator } = await add(alice);
    const { id } = authenticator;
    await renamePasskey(world.context, await alice.session(), { id, name: " phone " });
    expect((await securityOf(world.context, await alice.session())).passkeys[0]?.name).toBe("phone");
    await removePasskey(world.context, await alice.session(), id);
    expect((await refusal(enter(authenticator))).kind).toBe("denied");
    await world.browser().signIn("alice");
    expect((await world.mails("alice@people.example"))[0]?.text).toContain("passkey was removed");
  });

  it("is not removed when nothing else signs in", async () => {
    const { authenticator } = await add(alice);
    await world.context.db.query.deleteFrom("sign_in_passwords").execute();
    const refused = await refusal(removePasskey(world.context, await alice.session(), authenticator.id));
    expect(refused.kind).toBe("conflict");
  });

  it("is not added, nor removed, without confirmation", async () => {
    const { authenticator } = await add(alice);
    world.now += 16 * minute;
    expect((await refusal(add(alice))).detail).toEqual({ sudo: true });
    expect(
      (await refusal(removePasskey(world.context, await alice.session(), authenticator.id))).detail,
    ).toEqual({
      sudo: true,
    });
  });
});
