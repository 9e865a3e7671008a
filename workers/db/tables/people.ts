export interface UsersTable {
  id: string;
  name: string;
  administrator: 0 | 1;
  created_at: number;
}

export interface DeletedNamesTable {
  name: string;
  deleted_at: number;
}

export interface AccessTokensTable {
  id: string;
  user_id: string;
  name: string;
  hmac: string;
  /** JSON array of scopes. */
  scopes: string;
  repositories: string;
  created_at: number;
  expires_at: number | null;
  revoked_at: number | null;
  last_used_at: number | null;
}

export interface SigningKeysTable {
  kid: string;
  public_jwk: string;
  sealed_private_jwk: string;
  created_at: number;
}
