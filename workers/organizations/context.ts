import type { AuthContext } from "../auth/index.ts";
import type { Database } from "../db/index.ts";
import type { Clock } from "../platform/clock.ts";
import type { RegistryContext } from "../registry/index.ts";

/** What the files of this domain work with. */
export interface OrganizationsContext {
  db: Database;
  clock: Clock;
  auth: AuthContext;
  registry: RegistryContext;
  /** Sends a mail some time soon; the caller does not wait for it to arrive. */
  sendMail: (mail: Mail) => Promise<void>;
}

export interface Mail {
  to: string;
  subject: string;
  /** Plain text. */
  text: string;
}
