import { setTimeout as sleep } from "node:timers/promises";
import { CommandError } from "./command-error.ts";

/** A request that waits at the hub for its approval. */
export interface DeviceFlow {
  deviceCode: string;
  userCode: string;
  /** Where it is approved. */
  page: string;
  pageWithCode: string;
  /** Milliseconds. */
  lifetime: number;
  interval: number;
}

/** How long the hub may take for one answer, in milliseconds. */
const deadline = 20_000;

/** @throws CommandError when the hub cannot be reached, is none, or refuses. */
export async function startDeviceFlow(
  hub: URL,
  request: { client: string; scopes: string[] | undefined },
  stop: AbortSignal,
): Promise<DeviceFlow> {
  const body = JSON.stringify({ client: request.client.slice(0, 100), scopes: request.scopes });
  const headers = { "Content-Type": "application/json" };
  const { status, answer } = await post(hub, "/api/v1/device/authorize", headers, body, stop);
  if (status >= 400 && typeof answer?.["detail"] === "string")
    throw new CommandError(`${hub.host} refuses: ${plain(answer["detail"])}.`);
  const flow = status === 200 && answer ? readFlow(answer) : undefined;
  if (!flow)
    throw new CommandError(
      `${hub.host} does not answer like a Wherry hub (status ${status}); check the address, and a proxy in front of it.`,
    );
  return flow;
}

/** Everything that is printed is checked: what comes over the network must not write to the terminal as it likes. */
function readFlow(answer: Record<string, unknown>): DeviceFlow | undefined {
  const { device_code: deviceCode, user_code: userCode, expires_in: seconds, interval } = answer;
  const page = readPage(answer["verification_uri"]);
  const pageWithCode = readPage(answer["verification_uri_complete"]);
  if (typeof deviceCode !== "string" || typeof userCode !== "string" || !/^[A-Z-]{1,20}$/.test(userCode))
    return undefined;
  if (!page || !pageWithCode || typeof seconds !== "number" || typeof interval !== "number") return undefined;
  return {
    deviceCode,
    userCode,
    page,
    pageWithCode,
    lifetime: seconds * 1000,
    interval: Math.max(1, interval) * 1000,
  };
}

function readPage(text: unknown): string | undefined {
  const url = typeof text === "string" ? URL.parse(text) : null;
  return url && /^https?:$/.test(url.protocol) ? url.href : undefined;
}

/**
 * Asks until somebody has answered. A hub that fails for a moment is asked again.
 *
 * @throws CommandError when it was refused, or nobody answered in time.
 */
export async function waitForToken(
  hub: URL,
  flow: DeviceFlow,
  stop: AbortSignal,
): Promise<{ user: string; token: string }> {
  const form = new URLSearchParams({
    grant_type: "urn:ietf:params:oauth:grant-type:device_code",
    device_code: flow.deviceCode,
  }).toString();
  const headers = { "Content-Type": "application/x-www-form-urlencoded" };
  const end = performance.now() + flow.lifetime;
  let { interval } = flow;
  while (performance.now() < end) {
    await sleep(interval, undefined, { signal: stop });
    const polled = await post(hub, "/token", headers, form, stop).catch((error: unknown) => {
      if (stop.aborted) throw error;
      return undefined;
    });
    const given = readToken(polled?.answer);
    if (given) return given;
    const code = polled?.answer?.["error"];
    if (code === "slow_down") interval += 5000;
    else if (code === "access_denied")
      throw new CommandError("It was refused in the browser. No token was made.");
    else if (code === "expired_token") break;
    else if (polled && polled.status < 500 && code !== "authorization_pending")
      throw new CommandError(`${hub.host} refuses: ${describe(polled)}.`);
  }
  throw new CommandError("Nobody approved it in time. Start again with `wherry login`.");
}

function readToken(answer: Record<string, unknown> | undefined): { user: string; token: string } | undefined {
  const { name, access_token: token } = answer ?? {};
  if (typeof name !== "string" || typeof token !== "string") return undefined;
  return /^[\w.-]+$/.test(name) && /^[\w-]+$/.test(token) ? { user: name, token } : undefined;
}

interface Answered {
  status: number;
  /** undefined: it was no JSON object. */
  answer: Record<string, unknown> | undefined;
}

function describe({ status, answer }: Answered): string {
  const said = answer?.["error_description"];
  return typeof said === "string" ? plain(said) : `status ${status}`;
}

async function post(
  hub: URL,
  path: string,
  headers: Record<string, string>,
  body: string,
  stop: AbortSignal,
): Promise<Answered> {
  try {
    const response = await fetch(new URL(path, hub), {
      method: "POST",
      headers,
      body,
      redirect: "error",
      signal: AbortSignal.any([stop, AbortSignal.timeout(deadline)]),
    });
    return { status: response.status, answer: readObject(await response.text()) };
  } catch (error) {
    if (stop.aborted) throw error;
    throw new CommandError(`${hub.host} cannot be reached: ${reasonOf(error)}. Check the address.`, 1, {
      cause: error,
    });
  }
}

function readObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** fetch says "fetch failed"; what failed is its cause. */
function reasonOf(error: unknown): string {
  const { cause } = error as { cause?: unknown };
  const inner = cause instanceof Error && cause.message !== "" ? cause : error;
  const { code } = inner as { code?: unknown };
  return plain(inner instanceof Error && inner.message !== "" ? inner.message : String(code ?? inner));
}

/** Without what would move the cursor, and the full stop that follows it here. */
function plain(text: string): string {
  return text.replaceAll(/\p{C}/gu, " ").slice(0, 500).replace(/\.$/, "");
}
