import { beforeEach, describe, expect, test } from "vitest";
import type { User } from "../../../workers/auth/index.ts";
import {
  acceptInvitation,
  declineInvitation,
  invitationAdmits,
  listMyInvitations,
} from "../../../workers/organizations/index.ts";
import { day } from "../../../workers/platform/clock.ts";
import { service, type Person } from "../support/auth.ts";
import { OrganizationsWorld, secretOf } from "../support/organizations.ts";

interface Result {
  email: string;
  result: string;
  invitation?: string;
  link?: string;
}

let world: OrganizationsWorld;
let alice: Person;
let bob: Person;
let acme: string;

beforeEach(async () => {
  world = new OrganizationsWorld();
  alice = await world.person("alice");
  bob = await world.person("bob", { email: "Bob@example.com" });
  acme = await world.organization("acme", alice);
});

const path = "/organizations/acme/invitations";

async function invite(emails: string[], offer: object = { role: "member" }, by = alice): Promise<Result[]> {
  return (await world.must<{ results: Result[] }>(by, "POST", path, { emails, ...offer })).results;
}

async function secretFor(email: string, offer?: object): Promise<string> {
  const [result] = await invite([email], offer);
  return secretOf(result?.link ?? "");
}

async function link(offer: object = { role: "member" }): Promise<{ id: string; secret: string }> {
  const made = await world.must<{ id: string; link: string }>(
    alice,
    "POST",
    "/organizations/acme/invitation-links",
    offer,
  );
  return { id: made.id, secret: secretOf(made.link) };
}

async function accept(who: Person, secret: string) {
  return world.send(who, "POST", "/invitations/accept", { secret });
}

async function look(secret: string) {
  return world.send(undefined, "POST", "/invitations/look", { secret });
}

describe("an invitation by e-mail", () => {
  test("is mailed with a link that shows it to anybody and joins the one it is for, teams and all", async () => {
    await world.must(alice, "POST", "/organizations/acme/teams", { name: "red" });
    const [result] = await invite([" BOB@example.com "], { role: "guest", teams: ["red"], days: 2 });
    expect(result).toMatchObject({ email: "bob@example.com", result: "invited" });
    expect(result?.link).toMatch(new RegExp(`^https://${service}/invitations/[\\w-]{43}$`));
    const secret = secretOf(result?.link ?? "");
    expect(world.mails).toMatchObject([
      {
        to: "bob@example.com",
        subject: "alice invites you to acme",
        text: expect.stringContaining(`/invitations/${secret}`),
      },
    ]);

    expect((await look(secret)).body).toEqual({
      organization: "acme",
      display_name: "",
      role: "guest",
      teams: ["red"],
      email: "bob@example.com",
      invited_by: "alice",
      expires_at: new Date(world.hub.now + 2 * day).toISOString(),
      require_two_factor: false,
    });
    expect(await accept(bob, secret)).toMatchObject({
      status: 200,
      body: { organization: "acme", role: "guest" },
    });
    expect(await world.roleOf(acme, bob)).toBe("guest");
    expect(await world.must(alice, "GET", "/organizations/acme/teams/red/members")).toMatchObject({
      members: [{ name: "bob" }],
    });
    expect(await world.log(acme)).toMatchObject([
      { action: "member.add", actor_name: "bob", target: "bob", after: { role: "guest", teams: ["red"] } },
      {
        action: "invitation.create",
        actor_name: "alice",
        target: "bob@example.com",
        after: { role: "guest" },
      },
      { action: "team.create" },
      { action: "organization.create" },
    ]);
    expect((await world.log(bob.id))[0]).toMatchObject({ action: "organization.join", target: "acme" });
  });

  test("never leads a mail to the Host that a request claims", async () => {
    await world.send(
      alice,
      "POST",
      path,
      { emails: ["x@example.com"], role: "member" },
      { Host: "evil.example" },
    );
    expect(world.mails[0]?.text).toMatch(/^\/invitations\//m);
  });

  test("opens nothing for another address, nor for the right one while it is not verified", async () => {
    const eve = await world.person("eve", { email: "eve@example.com" });
    const claimed = await world.person("claimed", { email: "carol@example.com", verified: false });
    const nameless = await world.person("nameless");
    const secret = await secretFor("carol@example.com", { role: "owner" });
    for (const who of [eve, claimed, nameless]) {
      expect((await accept(who, secret)).status).toBe(403);
      expect((await world.send(who, "POST", "/invitations/decline", { secret })).status).toBe(403);
      expect(await world.roleOf(acme, who)).toBeUndefined();
    }
    const carol = await world.person("carol", { email: "Carol@Example.com" });
    expect((await accept(carol, secret)).status).toBe(200);
  });

  test("can be turned down, by whom it is for", async () => {
    const secret = await secretFor("bob@example.com");
    expect((await world.send(bob, "POST", "/invitations/decline", { secret })).status).toBe(204);
    expect(await accept(bob, secret)).toMatchObject({ status: 409, body: { state: "revoked" } });
    expect((await world.log(acme))[0]).toMatchObject({ action: "invitation.decline", actor_name: "bob" });
  });

  test("ends an earlier one to the same address", async () => {
    const first = await secretFor("bob@example.com", { role: "owner" });
    const second = await secretFor("bob@example.com", { role: "guest" });
    expect(await accept(bob, first)).toMatchObject({ status: 409, body: { state: "revoked" } });
    expect((await world.log(acme))[0]).toMatchObject({
      action: "invitation.revoke",
      target: "bob@example.com",
      before: { role: "owner" },
    });
    expect((await accept(bob, second)).body).toMatchObject({ role: "guest" });
  });

  test("tells of a hundred addresses what became of each, and mails those invited", async () => {
    await world.join(acme, bob, "member");
    const good = Array.from({ length: 97 }, (_, index) => `p${index}@example.com`);
    const results = await invite(["bob@example.com", "nobody", ...good, "p0@example.com"]);
    expect(results).toHaveLength(99);
    expect(results[0]).toEqual({ email: "bob@example.com", result: "member-already" });
    expect(results[1]).toEqual({ email: "nobody", result: "invalid" });
    expect(results.slice(2).every(({ result }) => result === "invited")).toBe(true);
    expect(world.mails.map(({ to }) => to)).toEqual(good);
    const entries = await world.log(acme);
    expect(entries.filter(({ action }) => action === "invitation.create")).toHaveLength(97);
    const more = await world.send(alice, "POST", path, { emails: [...good, ...good], role: "member" });
    expect(more.status).toBe(400);
  });

  test("is mailed to five hundred addresses a day at most, by one person", async () => {
    const addresses = (from: number) =>
      Array.from({ length: 100 }, (_, index) => `p${from + index}@example.com`);
    for (const from of [0, 100, 200, 300]) await invite(addresses(from));
    await invite(addresses(400).slice(0, 99));
    const results = await invite(["last@example.com", "over@example.com"]);
    expect(results.map(({ result }) => result)).toEqual(["invited", "limit"]);
    const evil = await world.organization("evil", alice);
    const elsewhere = await world.send(alice, "POST", "/organizations/evil/invitations", {
      emails: ["x@example.com"],
      role: "member",
    });
    expect(elsewhere.status).toBe(429);
    expect(await world.log(evil)).toHaveLength(1);
    world.hub.now += day + 1;
    expect((await invite(["over@example.com"]))[0]?.result).toBe("invited");
    expect(world.mails).toHaveLength(501);
  });

  test("of the organization's own token has no words of it: it can be called anything", async () => {
    const token = await world.must<{ token: string }>(alice, "POST", "/tokens", {
      kind: "organization",
      organization: "acme",
      name: "URGENT: your account ends today, see https://evil.example",
      scopes: ["account"],
      expires_at: null,
    });
    const { results } = await world.must<{ results: Result[] }>({ accessToken: token.token }, "POST", path, {
      emails: ["x@example.com"],
      role: "member",
    });
    expect(world.mails[0]?.subject).toBe("acme invites you to acme");
    const shown = await look(secretOf(results[0]?.link ?? ""));
    expect(JSON.stringify([world.mails, shown.body])).not.toContain("evil.example");
    expect(shown.body).toMatchObject({ invited_by: "acme" });
  });

  test("to a team that is not there is not made", async () => {
    const answer = await world.send(alice, "POST", path, {
      emails: ["x@example.com"],
      role: "member",
      teams: ["red"],
    });
    expect(answer.status).toBe(404);
    expect(world.mails).toEqual([]);
    expect(await world.must(alice, "GET", path)).toEqual({ invitations: [] });
  });
});

describe("an invitation by link", () => {
  test("joins as many as it may, and then nobody, also at the same moment", async () => {
    const { secret } = await link({ role: "member", maximum_uses: 2 });
    const people = await Promise.all(["one", "two", "three"].map(async (name) => world.person(name)));
    const answers = await Promise.all(people.map(async (who) => accept(who, secret)));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(["200", "200", "409"]);
    expect(await accept(bob, secret)).toMatchObject({ status: 409, body: { state: "used" } });
    const { members } = await world.must<{ members: unknown[] }>(alice, "GET", "/organizations/acme/members");
    expect(members).toHaveLength(3);
  });

  test("is not used up by who is in already", async () => {
    const { secret } = await link();
    const again = await accept(alice, secret);
    expect(again).toMatchObject({
      status: 409,
      body: { detail: expect.stringContaining("already, as owner") },
    });
    expect(await world.roleOf(acme, alice)).toBe("owner");
    expect((await accept(bob, secret)).status).toBe(200);
  });

  test("does not bring back who was removed since it was made; a new one does", async () => {
    const before = await link({ role: "member", maximum_uses: 5 });
    expect((await accept(bob, before.secret)).status).toBe(200);
    expect((await world.send(alice, "DELETE", "/organizations/acme/members/bob")).status).toBe(204);
    expect(await accept(bob, before.secret)).toMatchObject({
      status: 403,
      body: { detail: expect.stringContaining("removed from acme") },
    });
    const carol = await world.person("carol");
    expect((await accept(carol, before.secret)).status).toBe(200);
    world.hub.now += 1;
    const after = await link({ role: "member" });
    expect((await accept(bob, after.secret)).status).toBe(200);
  });

  test("cannot make owners", async () => {
    const answer = await world.send(alice, "POST", "/organizations/acme/invitation-links", { role: "owner" });
    expect(answer.status).toBe(400);
  });

  test("that one turns down stays open to others", async () => {
    const { secret } = await link();
    expect((await world.send(bob, "POST", "/invitations/decline", { secret })).status).toBe(204);
    expect((await accept(bob, secret)).status).toBe(200);
  });
});

describe("an invitation that is over", () => {
  test("says that it has expired", async () => {
    const { secret } = await link({ role: "member", days: 1 });
    world.hub.now += day;
    for (const answer of [await look(secret), await accept(bob, secret)])
      expect(answer).toMatchObject({ status: 409, body: { state: "expired" } });
  });

  test("says that it was revoked", async () => {
    const { id, secret } = await link();
    await world.must(alice, "DELETE", `${path}/${id}`);
    await world.must(alice, "DELETE", `${path}/${id}`);
    expect(await accept(bob, secret)).toMatchObject({ status: 409, body: { state: "revoked" } });
    const entries = (await world.log(acme)).filter(({ action }) => action === "invitation.revoke");
    expect(entries).toMatchObject([{ target: `link ${id}`, before: { role: "member", uses: 0 } }]);
  });

  test("is one whose maker may not invite any more", async () => {
    await world.join(acme, bob, "owner");
    const [result] = await invite(["carol@example.com"], { role: "owner" }, bob);
    const secret = secretOf(result?.link ?? "");
    const carol = await world.person("carol", { email: "carol@example.com" });
    await world.must(alice, "PATCH", "/organizations/acme/members/bob", { role: "maintainer" });
    for (const answer of [await look(secret), await accept(carol, secret)])
      expect(answer).toMatchObject({ status: 409, body: { state: "void" } });
    expect(await world.roleOf(acme, carol)).toBeUndefined();
    await world.must(alice, "DELETE", "/organizations/acme/members/bob");
    expect((await accept(carol, secret)).status).toBe(409);
  });

  test("of the organization's own token is void once the token is revoked", async () => {
    const { id, token } = await world.hub.token(alice.accessToken, {
      kind: "organization",
      organization: "acme",
      scopes: ["account"],
    });
    const machine = { accessToken: token, name: "acme", id: "" };
    const [result] = await invite(["bob@example.com"], { role: "member" }, machine);
    await world.must(alice, "DELETE", `/tokens/${id}`);
    expect(await accept(bob, secretOf(result?.link ?? ""))).toMatchObject({ body: { state: "void" } });
  });

  test("or never was one, is not found", async () => {
    expect((await look("x".repeat(43))).status).toBe(404);
    expect((await accept(bob, "x".repeat(43))).status).toBe(404);
  });
});

describe("what is kept of an invitation", () => {
  test("does not open it", async () => {
    const { secret } = await link();
    const rows = await world.context.db.query.selectFrom("invitations").selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(secret);
    expect((await accept(bob, rows[0]?.hmac ?? "")).status).toBe(404);
    const entries = JSON.stringify(await world.log(acme));
    expect(entries).not.toContain(secret);
  });

  test("is listed for owners, the newest first, in pages", async () => {
    await invite(["one@example.com"]);
    world.hub.now += 1000;
    await link({ role: "guest", maximum_uses: 5 });
    interface List {
      invitations: { id: string; email: string | null }[];
    }
    const first = await world.send<List>(alice, "GET", `${path}?n=1`);
    expect(first.body.invitations).toMatchObject([
      { email: null, role: "guest", maximum_uses: 5, uses: 0, created_by: "alice", state: "open" },
    ]);
    const next = /last=([^>]+)>/.exec(first.headers.get("Link") ?? "")?.[1] ?? "";
    const rest = await world.must<List>(alice, "GET", `${path}?n=1&last=${next}`);
    expect(rest.invitations).toMatchObject([{ email: "one@example.com", state: "open" }]);
    await world.join(acme, bob, "maintainer");
    expect((await world.send(bob, "GET", path)).status).toBe(403);
  });

  test("of another organization is not found", async () => {
    await world.organization("evil", bob);
    const { id, secret } = await link();
    expect((await world.send(bob, "DELETE", `/organizations/evil/invitations/${id}`)).status).toBe(404);
    expect((await look(secret)).status).toBe(200);
  });
});

test("signing up by invitation takes an open one, for that address or for anybody", async () => {
  const secret = await secretFor("new@example.com");
  const { secret: open, id } = await link();
  const admits = async (given: string, email: string) => invitationAdmits(world.context, given, email);
  expect(await admits(secret, "New@Example.com")).toBe(true);
  expect(await admits(secret, "other@example.com")).toBe(false);
  expect(await admits(open, "other@example.com")).toBe(true);
  expect(await admits("nothing", "new@example.com")).toBe(false);
  await world.must(alice, "DELETE", `${path}/${id}`);
  expect(await admits(open, "other@example.com")).toBe(false);
});

describe("without the link", () => {
  /** Somebody as a browser session has them; `emailVerified` may be of a moment ago. */
  const inBrowser = ({ id, name }: Person): User => ({
    kind: "user",
    id,
    name,
    administrator: false,
    emailVerified: true,
    twoFactor: false,
    token: undefined,
    address: undefined,
  });
  const mine = async (who: Person) => listMyInvitations(world.context, inBrowser(who), 10);

  async function idFor(email: string, offer?: object): Promise<string> {
    const [result] = await invite([email], offer);
    return result?.invitation ?? "";
  }

  test("whoever has verified the address finds its invitation, and joins or declines", async () => {
    const id = await idFor("bob@example.com", { role: "guest" });
    expect(await mine(bob)).toMatchObject([
      { id, organization: "acme", role: "guest", invitedBy: "alice", email: "bob@example.com" },
    ]);
    expect(await acceptInvitation(world.context, inBrowser(bob), { id })).toEqual({
      organization: "acme",
      role: "guest",
    });
    expect(await world.roleOf(acme, bob)).toBe("guest");
    expect((await world.log(acme))[0]).toMatchObject({ action: "member.add", target: "bob" });
    expect(await mine(bob)).toEqual([]);
    await expect(acceptInvitation(world.context, inBrowser(bob), { id })).rejects.toThrow(/has been used/);

    const carol = await world.person("carol", { email: "carol@example.com" });
    const other = await idFor("carol@example.com");
    await declineInvitation(world.context, inBrowser(carol), { id: other });
    expect((await world.log(acme))[0]).toMatchObject({ action: "invitation.decline", actor_name: "carol" });
    expect(await mine(carol)).toEqual([]);
  });

  test("nobody else finds it, or does anything with its id, whatever address they claim or once had", async () => {
    const id = await idFor("bob@example.com", { role: "owner" });
    const { id: open } = await link();
    const others = [
      await world.person("eve", { email: "eve@example.com" }),
      await world.person("claimed", { email: "bob@example.com", verified: false }),
      await world.person("nameless"),
    ];
    await world.context.db.query
      .updateTable("users")
      .set({ email: "elsewhere@example.com" })
      .where("id", "=", bob.id)
      .execute();
    for (const who of [...others, bob]) {
      expect(await mine(who)).toEqual([]);
      for (const asked of [id, open, "no such id"]) {
        const act = { id: asked };
        const absent = /no such invitation to the address that you have verified/;
        await expect(acceptInvitation(world.context, inBrowser(who), act)).rejects.toThrow(absent);
        await expect(declineInvitation(world.context, inBrowser(who), act)).rejects.toThrow(absent);
      }
      expect(await world.roleOf(acme, who)).toBeUndefined();
    }
  });

  test("one that has expired, was revoked, or whose maker may not invite any more is not listed, and joins nobody", async () => {
    const revoked = await idFor("bob@example.com", { role: "member" });
    await world.must(alice, "DELETE", `${path}/${revoked}`);
    expect(await mine(bob)).toEqual([]);
    const expired = await idFor("bob@example.com", { role: "member", days: 1 });
    expect(await mine(bob)).toHaveLength(1);
    world.hub.now += day;
    expect(await mine(bob)).toEqual([]);
    const worthless = await idFor("bob@example.com");
    const carol = await world.person("carol");
    await world.join(acme, carol, "owner");
    await world.must(carol, "PATCH", `/organizations/acme/members/alice`, { role: "member" });
    expect(await mine(bob)).toEqual([]);
    for (const id of [revoked, expired, worthless])
      await expect(acceptInvitation(world.context, inBrowser(bob), { id })).rejects.toThrow(
        /revoked|expired|may not invite/,
      );
    expect(await world.roleOf(acme, bob)).toBeUndefined();
  });
});
