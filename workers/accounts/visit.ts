import { addressOf } from "../auth/index.ts";
import type { AccountsContext } from "./context.ts";
import { cookieNames, readCookies } from "./cookies.ts";

/** What is known of the browser that a request came from. */
export interface Visit {
  /** undefined: not known. */
  address: string | undefined;
  /** What it says it is; shown in the list of sessions. */
  agent: string;
  /** Scheme, host and port that it reached the hub at. */
  origin: string;
  /** The browser's session, as it claims. */
  sessionText: string | undefined;
  /** Accounts that signed in from here before, as it claims (known-devices.ts). */
  deviceText: string | undefined;
  /** A sign-in with a provider that is under way, as it claims. */
  flowText: string | undefined;
}

const maximumAgentLength = 300;

export function visitOf({ auth }: AccountsContext, request: Request): Visit {
  const { origin } = addressOf(auth, request);
  const cookies = readCookies(request.headers.get("Cookie") ?? "");
  const names = cookieNames(origin);
  return {
    address: auth.clientAddress(request),
    agent: (request.headers.get("User-Agent") ?? "").slice(0, maximumAgentLength),
    origin,
    sessionText: cookies.get(names.session),
    deviceText: cookies.get(names.device),
    flowText: cookies.get(names.flow),
  };
}
