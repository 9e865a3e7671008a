import { second } from "../platform/clock.ts";
import type { AuthContext } from "./context.ts";
import { labelOf } from "./device-requests.ts";

/** How often a client may ask, in seconds. */
export const deviceInterval = 5;
/** Clients that count the seconds themselves are a little early at times. */
const grace = second;

/** What became of a request, in the words of RFC 8628, section 3.5. */
export type DeviceAnswer =
  | { state: "authorization_pending" | "slow_down" | "access_denied" | "expired_token" | "invalid_grant" }
  | { state: "approved"; token: string; user: string };

/** Asks for the token of a request. It is given once. */
export async function fetchDeviceToken(
  { db, clock, secret }: AuthContext,
  deviceCode: string,
): Promise<DeviceAnswer> {
  const hmac = await secret.hmac(deviceCode);
  const now = clock.now();
  const [polled, found] = await db.batch([
    db.query
      .updateTable("device_requests")
      .set({ polled_at: now })
      .where("device_hmac", "=", hmac)
      .where((is) =>
        is.or([is("polled_at", "is", null), is("polled_at", "<=", now - deviceInterval * second + grace)]),
      ),
    db.query
      .selectFrom("device_requests")
      .leftJoin("users", "users.id", "device_requests.user_id")
      .select(["decision", "expires_at", "users.name as user"])
      .where("device_hmac", "=", hmac),
  ]);
  const [row] = (found?.rows ?? []) as Found[];
  if (!row) return { state: "invalid_grant" };
  if (row.decision === "refused") return { state: "access_denied" };
  if (row.expires_at <= now) return { state: "expired_token" };
  if (row.decision === null)
    return { state: polled?.numAffectedRows === 0n ? "slow_down" : "authorization_pending" };
  const taken = await db.query
    .deleteFrom("device_requests")
    .where("device_hmac", "=", hmac)
    .returning("sealed_token")
    .executeTakeFirst();
  if (!taken?.sealed_token) return { state: "invalid_grant" };
  return {
    state: "approved",
    token: await secret.open(labelOf(hmac), taken.sealed_token),
    user: row.user ?? "",
  };
}

interface Found {
  decision: "approved" | "refused" | null;
  expires_at: number;
  user: string | null;
}
