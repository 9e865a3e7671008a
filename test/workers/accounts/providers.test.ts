import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  confirmTotp,
  createWithProvider,
  deleteAccount,
  finishProvider,
  securityOf,
  startProvider,
  startTotp,
  unlinkIdentity,
  type ProviderPurpose,
} from "../../../workers/accounts/index.ts";
import { readProviders } from "../../../workers/accounts/providers.ts";
import { totpCode } from "../../../workers/accounts/totp.ts";
import { minute, second } from "../../../workers/platform/clock.ts";
import { FakeProvider } from "./fake-provider.ts";
import { AccountsWorld, refusal, type Browser } from "./world.ts";

let provider: FakeProvider;
let world: AccountsWorld;

beforeEach(() => {
  provider = new FakeProvider();
  world = new AccountsWorld({ variables: variables(), fetch: provider.fetch });
});

afterEach(async () => world.finish());

function variables(more: Record<string, string> = {}) {
  const { issuer, clientId, clientSecret } = provider;
  return {
    OIDC_ISSUER: issuer,
    OIDC_CLIENT_ID: clientId,
    OIDC_CLIENT_SECRET: clientSecret,
    GITHUB_CLIENT_ID: clientId,
    GITHUB_CLIENT_SECRET: clientSecret,
    ...more,
  };
}

const carol = {
  sub: "42",
  email: "carol@people.example",
  email_verified: true,
  preferred_username: "Carol.K",
};

async function start(
  browser: Browser,
  id = "oidc",
  purpose: ProviderPurpose = { kind: "sign-in" },
): Promise<string> {
  const { location, cookies } = await startProvider(world.context, browser.visit, id, purpose);
  browser.keep(cookies);
  return location;
}

async function finish(browser: Browser, back: URL, id = "oidc") {
  const step = await finishProvider(world.context, browser.visit, id, back, await browser.maybeSession());
  browser.keep(step.cookies);
  return step;
}

/** There and back. */
async function through(
  browser: Browser,
  person: Parameters<FakeProvider["authorize"]>[1] = carol,
  id = "oidc",
) {
  return finish(browser, provider.authorize(await start(browser, id), person), id);
}

/** Signs up with the provider under a name. */
async function join(browser: Browser, name: string, person = carol) {
  const step = await through(browser, person);
  if (step.step !== "choose-name") throw new Error(`no name was asked for: ${step.step}`);
  browser.take(await createWithProvider(world.context, browser.visit, { ticket: step.ticket, name }));
}

describe("signing in with a provider", () => {
  it("asks for a name the first time, and from then on for nothing", async () => {
    const browser = world.browser();
    const step = await through(browser);
    expect(step).toMatchObject({ step: "choose-name", suggestion: "carol-k", email: "carol@people.example" });
    if (step.step !== "choose-name") return;
    const create = async (name: string) =>
      createWithProvider(world.context, browser.visit, { ticket: step.ticket, name });
    expect((await refusal(create("admin"))).kind).toBe("conflict");
    browser.take(await create("carol"));
    expect((await browser.session()).user).toMatchObject({ name: "carol", emailVerified: true });
    expect((await refusal(create("carol2"))).kind).toBe("unauthenticated");

    const again = await through(world.browser());
    expect(again.step).toBe("done");
    expect(again.step === "done" && again.opened.user.name).toBe("carol");
    const log = await world.log((await browser.session()).user.id);
    expect(log).toEqual(["account.create", "session.start", "session.start"]);
  });

  it("is by state, nonce and PKCE, and asks the provider itself", async () => {
    const location = new URL(await start(world.browser()));
    const asked = Object.fromEntries(location.searchParams);
    expect(asked).toMatchObject({
      client_id: provider.clientId,
      redirect_uri: "https://hub.example/sign-in/oidc/callback",
      response_type: "code",
      code_challenge_method: "S256",
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      nonce: expect.stringMatching(/^[\w-]{43}$/) as string,
      code_challenge: expect.stringMatching(/^[\w-]{43}$/) as string,
    });
    expect(provider.requests).toEqual(["GET https://id.example/.well-known/openid-configuration"]);
  });

  it("asks for the second factor of the account", async () => {
    const browser = world.browser();
    await join(browser, "carol");
    const { secret } = await startTotp(world.context, browser.visit, await browser.session());
    const code = await totpCode(secret, Math.floor(world.now / (30 * second)));
    await confirmTotp(world.context, browser.visit, await browser.session(), code);
    expect((await through(world.browser())).step).toBe("second-factor");
  });

  it("takes an address that the provider has not verified for what it is", async () => {
    const browser = world.browser();
    await join(browser, "carol", { ...carol, email_verified: false });
    expect((await browser.session()).user.emailVerified).toBe(false);
    expect(await world.linkToken("carol@people.example")).toBeTruthy();
  });

  it("asks for an address where the provider tells of none: nobody is verified by having none", async () => {
    const browser = world.browser();
    const step = await through(browser, { sub: "7" });
    if (step.step !== "choose-name") throw new Error("no name was asked for");
    const create = async (email?: string) =>
      createWithProvider(world.context, browser.visit, { ticket: step.ticket, name: "carol", email });
    expect((await refusal(create())).kind).toBe("invalid");
    expect((await create("carol@people.example")).user.emailVerified).toBe(false);
  });

  it.each([
    ["verified", true],
    ["not verified", false],
  ])("joins no account because of its address, be it %s there", async (_, email_verified) => {
    const alice = await world.person("alice");
    const browser = world.browser();
    const person = { sub: "666", email: "alice@people.example", email_verified };
    if (email_verified) {
      const { kind, message } = await refusal(through(browser, person));
      expect([kind, message]).toEqual(["conflict", expect.stringContaining("sign in to it, then link")]);
    } else {
      await join(browser, "mallory", { ...carol, ...person });
      expect((await browser.session()).user).toMatchObject({ name: "mallory", emailVerified: false });
    }
    expect((await securityOf(world.context, await alice.session())).identities).toEqual([]);
  });

  it("is refused where accounts are closed, except to who has one", async () => {
    await join(world.browser(), "carol");
    world = new AccountsWorld({ variables: variables({ SIGN_UP: "closed" }), fetch: provider.fetch });
    expect((await refusal(through(world.browser(), { ...carol, sub: "43" }))).kind).toBe("denied");
    expect((await through(world.browser())).step).toBe("done");
  });

  it("keeps where to go on to", async () => {
    const browser = world.browser();
    const location = await start(browser, "oidc", { kind: "sign-in", next: "/settings" });
    expect(await finish(browser, provider.authorize(location, carol))).toMatchObject({ next: "/settings" });
  });
});

describe("an answer of a provider", () => {
  it("is refused in a browser that did not ask", async () => {
    const mallory = world.browser();
    const back = provider.authorize(await start(mallory), carol);
    const victim = world.browser();
    expect((await refusal(finish(victim, back))).kind).toBe("denied");
    // Also while it asks on its own.
    await start(victim);
    expect((await refusal(finish(victim, back))).kind).toBe("denied");
  });

  it("is refused with another state, with none, and with an error", async () => {
    for (const change of [
      (back: URL) => back.searchParams.set("state", "x"),
      (back: URL) => back.searchParams.delete("state"),
      (back: URL) => back.searchParams.set("error", "access_denied"),
      (back: URL) => back.searchParams.set("code", "made up"),
      (back: URL) => back.searchParams.append("state", "x"),
    ]) {
      const browser = world.browser();
      const back = provider.authorize(await start(browser), carol);
      change(back);
      expect((await refusal(finish(browser, back))).kind).toBe("denied");
    }
  });

  it.each([
    ["another nonce", { nonce: "x" }],
    ["no nonce", { nonce: undefined }],
    ["another issuer", { iss: "https://id.evil.example" }],
    ["another client", { aud: "another client" }],
    ["a time that is over", { exp: 1 }],
    ["no subject", { sub: undefined }],
  ])("is refused with an id_token of %s", async (_, lies) => {
    provider.lies = lies;
    expect((await refusal(through(world.browser()))).kind).toBe("denied");
  });

  it("that was one provider's is not taken for another's, however careless they are", async () => {
    provider.careless = true;
    const browser = world.browser();
    const back = provider.authorize(await start(browser, "oidc"), carol);
    expect((await refusal(finish(browser, back, "github"))).kind).toBe("denied");
  });

  it("is refused with a flow that was changed, and after a quarter of an hour", async () => {
    const browser = world.browser();
    const back = provider.authorize(await start(browser), carol);
    const flow = browser.cookies.get("__Host-wherry-flow") ?? "";
    browser.cookies.set("__Host-wherry-flow", `${flow.slice(0, -2)}AA`);
    expect((await refusal(finish(browser, back))).kind).toBe("denied");
    browser.cookies.set("__Host-wherry-flow", flow);
    world.now += 15 * minute;
    expect((await refusal(finish(browser, back))).kind).toBe("denied");
  });

  it("comes from the provider that was named: one that calls itself otherwise is refused", async () => {
    const liar: typeof fetch = async (input, init) => {
      const response = await provider.fetch(input, init);
      const said = await response.json<object>();
      return Response.json({ ...said, issuer: "https://id.evil.example" });
    };
    world = new AccountsWorld({ variables: variables(), fetch: liar });
    expect((await refusal(start(world.browser()))).kind).toBe("unavailable");
  });

  it("is nobody's business where it is not set up", async () => {
    expect((await refusal(start(world.browser(), "gitlab"))).kind).toBe("not-found");
  });
});

describe("GitHub", () => {
  it("signs in by its own interface", async () => {
    const browser = world.browser();
    const step = await through(browser, undefined, "github");
    expect(step).toMatchObject({ step: "choose-name", suggestion: "octocat", email: "octo@people.example" });
    expect(provider.requests).toEqual([
      "POST https://github.com/login/oauth/access_token",
      "GET https://api.github.com/user",
      "GET https://api.github.com/user/emails",
    ]);
  });

  it("is refused with a code that it does not know", async () => {
    const browser = world.browser();
    const back = provider.authorize(await start(browser, "github"));
    back.searchParams.set("code", "made up");
    expect((await refusal(finish(browser, back, "github"))).kind).toBe("denied");
  });
});

describe("linking an account elsewhere", () => {
  const link = async (browser: Browser, person = carol) => {
    const purpose = { kind: "link" as const, session: await browser.session() };
    return finish(browser, provider.authorize(await start(browser, "oidc", purpose), person));
  };

  it("makes it sign in, until it is unlinked", async () => {
    const alice = await world.person("alice");
    expect((await link(alice)).step).toBe("linked");
    const step = await through(world.browser());
    expect(step.step === "done" && step.opened.user.name).toBe("alice");
    const [identity] = (await securityOf(world.context, await alice.session())).identities;
    expect(identity).toMatchObject({ provider: "oidc", subject: "42", label: "Carol.K" });
    await unlinkIdentity(world.context, await alice.session(), { provider: "oidc", subject: "42" });
    expect((await through(world.browser())).step).toBe("choose-name");
    const log = await world.log((await alice.session()).user.id);
    expect(log).toEqual(expect.arrayContaining(["identity.link", "identity.unlink"]));
  });

  it("takes confirmation, and ends in the session that it began in", async () => {
    const alice = await world.person("alice");
    const purpose = { kind: "link" as const, session: await alice.session() };
    const back = provider.authorize(await start(alice, "oidc", purpose), carol);
    await alice.signIn("alice");
    const bob = await world.person("bob");
    for (const [name, value] of bob.cookies) alice.cookies.set(name, value);
    expect((await refusal(finish(alice, back))).kind).toBe("denied");

    world.now += 16 * minute;
    const late = { kind: "link" as const, session: await bob.session() };
    expect((await refusal(start(bob, "oidc", late))).detail).toEqual({ sudo: true });
  });

  it("is refused for one that signs in somebody else", async () => {
    const alice = await world.person("alice");
    await link(alice);
    const bob = await world.person("bob");
    expect((await refusal(link(bob))).kind).toBe("conflict");
  });

  it("cannot be undone for the last way to sign in", async () => {
    const browser = world.browser();
    await join(browser, "carol");
    const unlink = async () =>
      unlinkIdentity(world.context, await browser.session(), { provider: "oidc", subject: "42" });
    expect((await refusal(unlink())).kind).toBe("conflict");
  });

  it("goes with the account", async () => {
    const browser = world.browser();
    await join(browser, "carol");
    await deleteAccount(world.context, await browser.session());
    expect((await through(world.browser())).step).toBe("choose-name");
  });
});

describe("the settings of providers", () => {
  it.each([
    [{ GITHUB_CLIENT_ID: "x" }, "GITHUB_CLIENT_SECRET"],
    [{ GOOGLE_CLIENT_SECRET: "x" }, "GOOGLE_CLIENT_ID"],
    [{ OIDC_CLIENT_ID: "x", OIDC_CLIENT_SECRET: "y" }, "OIDC_ISSUER"],
    [{ OIDC_ISSUER: "http://id.example" }, "OIDC_ISSUER"],
  ])("that are incomplete are refused by name: %j", (given, name) => {
    expect(() => readProviders(given)).toThrow(name);
  });
});
