import { waitUntil } from "cloudflare:workers";
import type { Database } from "../db/index.ts";
import { countAttempts, type Attempts } from "../platform/attempts.ts";
import type { Clock } from "../platform/clock.ts";
import { describeError, log } from "../platform/log.ts";
import { FirstTokens } from "./first-tokens.ts";
import { IssuerKeys, readIssuers } from "./federation-issuers.ts";
import { Secret } from "./secret.ts";
import { KeyRing } from "./signing-keys.ts";
import { VerifiedTokens } from "./verified-tokens.ts";

/** What the files of this domain work with. One for each isolate: it holds what they keep in memory. */
export interface AuthContext {
  db: Database;
  clock: Clock;
  secret: Secret;
  keys: KeyRing;
  verified: VerifiedTokens;
  /** Scheme, host and port that people reach the hub at; undefined: those of each request. */
  publicOrigin: string | undefined;
  adminToken: string | undefined;
  firstTokens: FirstTokens;
  /** Counts what fails, of sign-ins of all kinds. */
  attempts: Attempts;
  /** Of the id_tokens of CI systems. */
  issuers: IssuerKeys;
  /** Where a request came from, as far as that can be known. */
  clientAddress: (request: Request) => string | undefined;
  /** Lets work go on behind the answer; its failure is logged. */
  background: (work: Promise<unknown>) => void;
}

export interface AuthSettings {
  db: Database;
  clock: Clock;
  /** SECRET. */
  secret: string;
  /** PUBLIC_URL; empty is the same as none. */
  publicUrl?: string | undefined;
  /** ADMIN_TOKEN; empty is the same as none. */
  adminToken?: string | undefined;
  clientAddress?: (request: Request) => string | undefined;
  /** The objects of class AttemptsObject. */
  attempts: Parameters<typeof countAttempts>[0];
  /** FEDERATION_ISSUERS: addresses with commas between; besides those that are always there. */
  federationIssuers?: string | undefined;
  /** How the keys of issuers are fetched. */
  fetch?: typeof fetch;
}

/** @throws Error when a setting cannot be used, naming it. */
export function createAuth(settings: AuthSettings): AuthContext {
  const { db, clock, secret: text, publicUrl, adminToken, clientAddress = () => undefined } = settings;
  const { fetch: fetched = (...request) => fetch(...request) } = settings;
  const secret = new Secret(text);
  return {
    db,
    clock,
    secret,
    keys: new KeyRing(db, clock, secret),
    verified: new VerifiedTokens(),
    publicOrigin: publicUrl ? readOrigin(publicUrl) : undefined,
    adminToken: adminToken || undefined,
    firstTokens: new FirstTokens(db),
    attempts: countAttempts(settings.attempts, async (key) => secret.hmac(key)),
    issuers: new IssuerKeys(readIssuers(settings.federationIssuers), clock, fetched),
    clientAddress,
    background: (work) =>
      waitUntil(
        work.catch((error: unknown) => log("error", "background work of auth failed", describeError(error))),
      ),
  };
}

function readOrigin(publicUrl: string): string {
  const url = URL.parse(publicUrl);
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:"))
    throw new Error(
      `PUBLIC_URL is "${publicUrl}"; set it to an address such as "https://hub.example.com", or leave it empty`,
    );
  return url.origin;
}
