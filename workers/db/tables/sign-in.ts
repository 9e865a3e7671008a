import type { Generated } from "kysely";

export interface SignInPasswordsTable {
  user_id: string;
  hash: string;
  changed_at: number;
}

export interface SignInTotpTable {
  user_id: string;
  sealed_secret: string;
  last_step: Generated<number>;
  created_at: number;
  /** null: being set up. */
  confirmed_at: number | null;
}

export interface SignInRecoveryCodesTable {
  user_id: string;
  hmac: string;
  used_at: number | null;
}

export interface SignInPasskeysTable {
  /** Credential id, base64url. */
  id: string;
  user_id: string;
  name: string;
  /** COSE, base64url. */
  public_key: string;
  counter: number;
  /** JSON array. */
  transports: string;
  created_at: number;
  last_used_at: number | null;
}

export interface SignInIdentitiesTable {
  provider: string;
  subject: string;
  user_id: string;
  label: string;
  created_at: number;
  last_used_at: number | null;
}

export interface SignInSessionsTable {
  id: string;
  hmac: string;
  user_id: string;
  created_at: number;
  /** To the hour. */
  used_at: number;
  sudo_until: Generated<number>;
  agent: string;
  address: string | null;
}

export interface SignInTicketsTable {
  hmac: string;
  purpose: string;
  user_id: string | null;
  /** JSON. */
  content: string;
  tries: Generated<number>;
  created_at: number;
  expires_at: number;
}

export interface OutboxTable {
  id: Generated<number>;
  at: number;
  recipient: string;
  subject: string;
  text: string;
  html: string;
}
