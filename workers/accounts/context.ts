import type { AuthorizationServer } from "oauth4webapi";
import type { Database } from "../db/index.ts";
import type { AuthContext } from "../auth/index.ts";
import type { Attempts } from "../platform/attempts.ts";
import type { Clock } from "../platform/clock.ts";
import type { Mailer } from "../platform/mail.ts";
import { readSettings, type AccountSettings, type AccountVariables, type SignUpMode } from "./settings.ts";
import type { MailJob } from "./mail-jobs.ts";
import { openMailer } from "./outbox.ts";
import { ScryptHasher, type PasswordHasher } from "./password-hash.ts";

/** What the files of this domain work with. */
export interface AccountsContext {
  auth: AuthContext;
  db: Database;
  clock: Clock;
  settings: AccountSettings;
  hasher: PasswordHasher;
  attempts: Attempts;
  mailer: Mailer;
  /** The queue that mail is written and sent behind. */
  work: { send(job: MailJob): Promise<unknown> };
  /** What administrators of the hub have narrowed sign-up to. */
  signUpLimit: () => Promise<SignUpMode>;
  /** Whether this invitation lets somebody with this address make an account. */
  isInvited: (invitation: string, email: string) => Promise<boolean>;
  /** For providers, and for the service that knows breached passwords. */
  fetch: typeof fetch;
  /** What providers have said of themselves, by their id. */
  discovered: Map<string, { at: number; server: AuthorizationServer }>;
}

/** What AccountsContext is made of. */
export interface AccountsParts {
  auth: AuthContext;
  work: AccountsContext["work"];
  isInvited: AccountsContext["isInvited"];
  /** "open" unless told. */
  signUpLimit?: AccountsContext["signUpLimit"];
  variables: AccountVariables;
  fetch?: typeof fetch;
}

/** @throws Error when a setting cannot be used, naming it. */
export function createAccounts({
  auth,
  work,
  isInvited,
  signUpLimit = async () => "open",
  variables,
  ...parts
}: AccountsParts): AccountsContext {
  const { db, clock, secret } = auth;
  const settings = readSettings(variables, auth.publicOrigin);
  const fetcher = parts.fetch ?? ((...args) => fetch(...args));
  return {
    auth,
    db,
    clock,
    settings,
    hasher: new ScryptHasher(settings.peppers, (text) => secret.hmac(text)),
    attempts: auth.attempts,
    mailer: openMailer(db, clock, settings.mail, fetcher),
    work,
    isInvited,
    signUpLimit,
    fetch: fetcher,
    discovered: new Map(),
  };
}
