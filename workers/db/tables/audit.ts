import type { Generated } from "kysely";

export interface AuditLogTable {
  id: Generated<number>;
  at: number;
  /** Id of the user or organization it belongs to; "hub" for what belongs to neither. */
  log: string;
  actor: string;
  actor_name: string;
  action: string;
  target: string;
  token_id: Generated<string | null>;
  address: Generated<string | null>;
  /** JSON. */
  before: Generated<string | null>;
  after: Generated<string | null>;
}
