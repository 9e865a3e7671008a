import { sql } from "kysely";
import { auditEntry } from "../audit/index.ts";
import { networkOf } from "../platform/client-address.ts";
import { minute, second } from "../platform/clock.ts";
import type { Limit } from "../platform/attempts.ts";
import { HubError } from "../shared/errors.ts";
import type { User } from "./access.ts";
import { actorOf } from "./actor.ts";
import type { AuthContext } from "./context.ts";
import { createDeviceCode, createUserCode, readUserCode, showUserCode } from "./device-codes.ts";
import { prepareAccessToken } from "./new-access-token.ts";
import { ScopeSet } from "./scopes.ts";

/**
 * The OAuth 2.0 Device Authorization Grant (RFC 8628): a client without a browser shows a code, a person types it into a page of theirs
 * and approves, and the client gets an access token of that person.
 */
export const deviceRequestLifetime = 10 * minute;
/** What docker needs. */
export const defaultDeviceScopes: readonly string[] = ["repository:**:pull,push,create,delete,metadata"];

/** Requests that anybody may start: from one address, and from everywhere when addresses are not known. */
const startLimit: Limit = { burst: 20, every: 30 * second };
const startLimitEverywhere: Limit = { burst: 300, every: second };
/** Codes that one person types and nobody has been given. */
const guessLimit: Limit = { burst: 10, every: minute };

/** What somebody is asked to approve. Client and address are what its sender says, and where from. */
export interface DeviceRequest {
  userCode: string;
  client: string;
  address: string | null;
  scopes: string[];
  createdAt: number;
  expiresAt: number;
}

/**
 * Starts a request, for a client that is nobody yet.
 *
 * @throws HubError `invalid` (scopes), `too-many`.
 */
export async function startDeviceRequest(
  { db, clock, secret, attempts }: AuthContext,
  { client, scopes, address }: { client: string; scopes: readonly string[]; address: string | undefined },
): Promise<{ deviceCode: string; userCode: string }> {
  const now = clock.now();
  checkAsked(ScopeSet.read(scopes));
  if (address === undefined) await attempts.spend("device requests", startLimitEverywhere, now);
  else await attempts.spend(`device request from ${networkOf(address)}`, startLimit, now);
  const deviceCode = createDeviceCode();
  const userCode = createUserCode();
  await db.batch([
    db.query.deleteFrom("device_requests").where("expires_at", "<=", now - deviceRequestLifetime),
    db.query.insertInto("device_requests").values({
      device_hmac: await secret.hmac(deviceCode),
      user_code: userCode,
      client,
      address: address ?? null,
      scopes: JSON.stringify(scopes),
      created_at: now,
      expires_at: now + deviceRequestLifetime,
    }),
  ]);
  return { deviceCode, userCode: showUserCode(userCode) };
}

/** Whoever approves what a stranger has sent them gives away what they approve: some things are not to be had this way. */
function checkAsked(scopes: ScopeSet): void {
  const refused = (["account", "administration"] as const).find((scope) => scopes.has(scope));
  if (refused !== undefined)
    throw new HubError(
      "invalid",
      `the scope "${refused}" cannot be asked for by a device; make such a token in the settings`,
    );
}

/**
 * The request that waits under this code, for the page where somebody approves it.
 *
 * @param typed upper or lower case, with hyphens or spaces or without
 * @throws HubError `not-found` (none, expired, answered), `too-many` (wrong codes), `denied` (not in a browser session).
 */
export async function lookUpDeviceRequest(
  context: AuthContext,
  user: User,
  typed: string,
): Promise<DeviceRequest> {
  const { user_code: code, ...row } = await findRequest(context, user, typed);
  return {
    userCode: showUserCode(code),
    client: row.client,
    address: row.address,
    scopes: JSON.parse(row.scopes) as string[],
    createdAt: row.created_at,
    expiresAt: row.expires_at,
  };
}

/**
 * Makes an access token of the user and leaves it for the client to fetch.
 *
 * @param wanted its scopes may reach no further than those that were asked for
 * @throws HubError as `lookUpDeviceRequest`; `invalid`, `denied` (scopes), `conflict` (answered meanwhile, too many tokens).
 */
export async function approveDeviceRequest(
  context: AuthContext,
  user: User,
  typed: string,
  wanted: { name: string; scopes: string[]; expiresAt: number | null },
): Promise<void> {
  const { db, clock, secret } = context;
  const row = await findRequest(context, user, typed);
  const asked = ScopeSet.read(JSON.parse(row.scopes) as string[]);
  const beyond = asked.firstBeyond(ScopeSet.read(wanted.scopes));
  if (beyond !== undefined)
    throw new HubError("denied", `the scope "${beyond}" reaches further than what ${row.client} asks for`);
  const now = clock.now();
  const waiting = sql<boolean>`exists (select 1 from device_requests
      where device_hmac = ${row.device_hmac} and decision is null and expires_at > ${now})`;
  const token = await prepareAccessToken(
    context,
    user,
    { kind: "user", id: user.id, name: user.name },
    { kind: "personal", ...wanted },
    waiting,
  );
  const sealed = await secret.seal(labelOf(row.device_hmac), token.text);
  const results = await db.batch([
    ...token.statements,
    sql`update device_requests set decision = 'approved', user_id = ${user.id}, sealed_token = ${sealed}
        where device_hmac = ${row.device_hmac} and decision is null
          and exists (select 1 from access_tokens where hmac = ${token.hmac})`.compile(db.query),
  ]);
  if (results[0]?.rows.length === 0)
    throw new HubError(
      "conflict",
      "the request has been answered in the meantime, or you have as many access tokens as you can have; look at your tokens",
    );
}

/** Tells the client that it gets nothing. @throws HubError as `lookUpDeviceRequest`. */
export async function refuseDeviceRequest(context: AuthContext, user: User, typed: string): Promise<void> {
  const { db, clock } = context;
  const row = await findRequest(context, user, typed);
  await db.batch([
    db.query
      .updateTable("device_requests")
      .set({ decision: "refused", user_id: user.id })
      .where("device_hmac", "=", row.device_hmac)
      .where("decision", "is", null),
    auditEntry(db, clock.now(), actorOf(user), {
      log: user.id,
      action: "device.refuse",
      target: row.client,
      before: { address: row.address },
    }),
  ]);
}

/** What a token is sealed for: the request it answers. */
export function labelOf(deviceHmac: string): string {
  return `token for device ${deviceHmac}`;
}

async function findRequest({ db, clock, attempts }: AuthContext, user: User, typed: string) {
  if (user.token)
    throw new HubError(
      "denied",
      "a request of a device is answered in the browser, not with an access token",
    );
  const now = clock.now();
  const code = readUserCode(typed);
  const row =
    code &&
    (await db.query
      .selectFrom("device_requests")
      .selectAll()
      .where("user_code", "=", code)
      .where("expires_at", ">", now)
      .where("decision", "is", null)
      .executeTakeFirst());
  if (row) return row;
  await attempts.spend(`device codes by ${user.id}`, guessLimit, now);
  throw new HubError(
    "not-found",
    `nothing waits for the code "${typed.slice(0, 20)}": it may be mistyped, answered already, or older than ${deviceRequestLifetime / minute} minutes`,
  );
}
