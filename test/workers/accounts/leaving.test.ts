import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deleteAccount, exportAccount, signUp } from "../../../workers/accounts/index.ts";
import { createAccessToken, signIn as principalOf, type User } from "../../../workers/auth/index.ts";
import { minute } from "../../../workers/platform/clock.ts";
import { AccountsWorld, password, refusal, type Browser } from "./world.ts";

let world: AccountsWorld;
let alice: Browser;

beforeEach(async () => {
  world = new AccountsWorld();
  alice = await world.person("alice");
});

afterEach(async () => world.finish());

async function organization(id: string, owner: User): Promise<void> {
  const { query } = world.context.db;
  await query.insertInto("organizations").values({ id, name: id, created_at: 0 }).execute();
  await query
    .insertInto("organization_members")
    .values({ organization_id: id, user_id: owner.id, role: "owner", added_at: 0 })
    .execute();
}

describe("an export", () => {
  it("has what the hub holds, and nothing that signs in", async () => {
    const session = await alice.session();
    await organization("acme", session.user);
    const wanted = { kind: "personal" as const, name: "laptop", scopes: ["account"], expiresAt: null };
    const { text } = await createAccessToken(world.context.auth, session.user, {}, wanted);
    const exported = await exportAccount(world.context, session.user);
    expect(exported).toMatchObject({
      account: { name: "alice", email: "alice@people.example" },
      sessions: [{ agent: "browser of alice", address: "192.0.2.10" }],
      access_tokens: [{ name: "laptop" }],
      organizations: [{ name: "acme", role: "owner" }],
    });
    expect(exported.audit_log.map(({ action }) => action)).toContain("account.create");
    const all = JSON.stringify(exported);
    for (const secret of [text, password, "hash of", "hmac", "sealed"]) expect(all).not.toContain(secret);
  });

  it("names what somebody made in an organization only as long as they may see it", async () => {
    const { user } = await alice.session();
    await organization("acme", (await (await world.person("bob")).session()).user);
    const { query } = world.context.db;
    const names = async () =>
      (await exportAccount(world.context, user)).repositories.map(({ name }) => String(name)).toSorted();
    await query
      .insertInto("organization_members")
      .values({ organization_id: "acme", user_id: user.id, role: "member", added_at: 0 })
      .execute();
    for (const name of ["acme/web", "alice/web"])
      await query.insertInto("repositories").values({ name, created_at: 0, created_by: user.id }).execute();
    expect(await names()).toEqual(["acme/web", "alice/web"]);
    const starred = await query.selectFrom("repositories").select("id").execute();
    await query
      .insertInto("stars")
      .values(starred.map(({ id }) => ({ repository_id: id, user_id: user.id, starred_at: 0 })))
      .execute();
    await query.deleteFrom("organization_members").where("user_id", "=", user.id).execute();
    await query
      .updateTable("repositories")
      .set({ name: "acme/secret-plan" })
      .where("name", "=", "acme/web")
      .execute();
    expect(await names()).toEqual(["alice/web"]);
    const { stars } = await exportAccount(world.context, user);
    expect(stars.map(({ name }) => name)).toEqual(["alice/web"]);
  });

  it("has a place for every table that speaks of users", async () => {
    const { results } = await env.DB.prepare(
      `select distinct tables.name from sqlite_schema tables join pragma_table_info(tables.name) columns
       where tables.type = 'table' and tables.name not glob '_cf_*' and tables.name not glob 'sqlite_*'
         and columns.name in ('user_id', 'created_by', 'creator_id')`,
    ).all<{ name: string }>();
    const ofUsers = results.map(({ name }) => name);
    expect(ofUsers.toSorted()).toEqual([
      // In the export.
      "access_tokens",
      // Of an organization, which has it from them: not about them.
      "default_rules",
      // Gone within minutes.
      "device_requests",
      "federation_rules",
      "invitations",
      "organization_members",
      "repositories",
      "repository_grants",
      "sign_in_identities",
      "sign_in_passkeys",
      "sign_in_passwords",
      "sign_in_recovery_codes",
      "sign_in_sessions",
      "sign_in_tickets",
      "sign_in_totp",
      "stars",
      "team_members",
    ]);
  });
});

describe("deleting an account", () => {
  it("takes everything along; the name rests, and then is free", async () => {
    const { user } = await alice.session();
    await deleteAccount(world.context, await alice.session());
    expect(await alice.maybeSession()).toBeUndefined();
    const { query } = world.context.db;
    for (const table of [
      "sign_in_passwords",
      "sign_in_sessions",
      "sign_in_tickets",
      "access_tokens",
    ] as const)
      expect(
        await query.selectFrom(table).select("user_id").where("user_id", "=", user.id).execute(),
      ).toEqual([]);
    const again = async () =>
      signUp(world.context, world.browser().visit, { name: "alice", email: "new@people.example", password });
    expect((await refusal(again())).kind).toBe("conflict");
    world.now += 10 * minute;
    expect((await again()).user.name).toBe("alice");
    expect(await world.log("hub")).toEqual(["account.delete"]);
  });

  it("is refused without confirmation", async () => {
    world.now += 16 * minute;
    expect((await refusal(deleteAccount(world.context, await alice.session()))).detail).toEqual({
      sudo: true,
    });
  });

  it("is refused while its namespace has repositories, and says which", async () => {
    await world.context.db.query
      .insertInto("repositories")
      .values({ name: "alice/web", created_at: 0 })
      .execute();
    const { kind, message } = await refusal(deleteAccount(world.context, await alice.session()));
    expect([kind, message]).toEqual(["conflict", expect.stringContaining("alice/web")]);
    await alice.session();
  });

  it("is refused to the last owner of an organization, and says of which", async () => {
    const session = await alice.session();
    await organization("acme", session.user);
    const { kind, message } = await refusal(deleteAccount(world.context, session));
    expect([kind, message]).toEqual(["conflict", expect.stringContaining("acme")]);
    const bob = (await (await world.person("bob")).session()).user;
    await world.context.db.query
      .insertInto("organization_members")
      .values({ organization_id: "acme", user_id: bob.id, role: "owner", added_at: 0 })
      .execute();
    await deleteAccount(world.context, session);
    expect(await alice.maybeSession()).toBeUndefined();
  });

  it("is all or nothing", async () => {
    const session = await alice.session();
    await world.context.db.query.schema.alterTable("audit_log").renameTo("elsewhere").execute();
    await expect(deleteAccount(world.context, session)).rejects.toThrow(/audit_log/);
    await alice.session();
    await world.context.db.query.schema.alterTable("elsewhere").renameTo("audit_log").execute();
  });

  it("ends its tokens", async () => {
    const session = await alice.session();
    const wanted = { kind: "personal" as const, name: "laptop", scopes: ["account"], expiresAt: null };
    const { text } = await createAccessToken(world.context.auth, session.user, {}, wanted);
    expect(await principalOf(world.context.auth, text, undefined)).toMatchObject({
      principal: { name: "alice" },
    });
    await world.finish();
    await deleteAccount(world.context, session);
    expect(await principalOf(world.context.auth, text, undefined)).toBeUndefined();
  });
});
