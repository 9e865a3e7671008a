import type { Generated } from "kysely";

export type TokenKind = "personal" | "organization" | "robot";

export interface AccessTokensTable {
  id: string;
  kind: TokenKind;
  user_id: Generated<string | null>;
  organization_id: Generated<string | null>;
  name: string;
  hmac: string;
  previous_hmac: Generated<string | null>;
  previous_until: Generated<number | null>;
  /** JSON array of scopes. */
  scopes: string;
  created_at: number;
  created_by: Generated<string | null>;
  rotated_at: Generated<number | null>;
  expires_at: Generated<number | null>;
  revoked_at: Generated<number | null>;
  last_used_at: Generated<number | null>;
  last_used_from: Generated<string | null>;
}

export interface FederationRulesTable {
  id: string;
  user_id: Generated<string | null>;
  organization_id: Generated<string | null>;
  name: string;
  issuer: string;
  /** JSON object: claim to pattern. */
  claims: string;
  /** JSON array of scopes. */
  scopes: string;
  created_at: number;
  created_by: string;
  last_used_at: Generated<number | null>;
}

export interface DeviceRequestsTable {
  device_hmac: string;
  user_code: string;
  client: string;
  address: Generated<string | null>;
  /** JSON array of scopes. */
  scopes: string;
  created_at: number;
  expires_at: number;
  polled_at: Generated<number | null>;
  decision: Generated<"approved" | "refused" | null>;
  user_id: Generated<string | null>;
  sealed_token: Generated<string | null>;
}
