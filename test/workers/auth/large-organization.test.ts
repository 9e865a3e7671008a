import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, it } from "vitest";
import { hour } from "../../../workers/platform/clock.ts";
import { AuthWorld, type Person } from "../support/auth.ts";

let hub: AuthWorld;
let alice: Person;

beforeEach(async () => {
  hub = new AuthWorld();
  alice = await hub.person("alice");
});

describe("GET /token", () => {
  it("takes three statements at most for a member of 50 teams in an organization of 10,000 repositories and 1,000 members", async () => {
    await hub.organization("acme", [[alice, "member"]]);
    await env.DB.batch(
      [
        `INSERT INTO users (id, name, created_at) SELECT 'user ' || n, 'user-' || n, 0 FROM numbers WHERE n < 1000`,
        `INSERT INTO organization_members (organization_id, user_id, role, added_at)
          SELECT 'id of acme', 'user ' || n, 'member', 0 FROM numbers WHERE n < 1000`,
        `INSERT INTO teams (id, organization_id, name, created_at) SELECT 't' || n, 'id of acme', 't' || n, 0 FROM numbers WHERE n < 50`,
        `INSERT INTO team_members (team_id, organization_id, user_id, added_at)
          SELECT 't' || n, 'id of acme', '${alice.id}', 0 FROM numbers WHERE n < 50`,
        `INSERT INTO repositories (name, visibility, created_at) SELECT 'acme/r' || n, 'private', 0 FROM numbers WHERE n < 10000`,
        `INSERT INTO repository_grants (repository_id, team_id, role, granted_at)
          SELECT id, 't' || (id % 50), 'write', 0 FROM repositories WHERE name GLOB 'acme/*'`,
      ].map((statement) => {
        const numbers =
          "WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n < 9999) ";
        const at = statement.search(/\sSELECT/);
        return env.DB.prepare(`${statement.slice(0, at)} ${numbers}${statement.slice(at)}`);
      }),
    );
    const scope = "repository:acme/r7777:pull,push";
    await hub.registryToken(alice, scope);
    const before = hub.statements;
    const { access } = decodeJwt<{ access: unknown[] }>(await hub.registryToken(alice, scope));
    expect(hub.statements - before).toBeLessThanOrEqual(3);
    expect(access).toEqual([{ type: "repository", name: "acme/r7777", actions: ["pull", "push"] }]);
    // The first of an hour writes down the last use, too.
    hub.now += hour;
    await hub.registryToken(undefined, scope);
    const later = hub.statements;
    await hub.registryToken(alice, scope);
    expect(hub.statements - later).toBe(3);
  });
});
