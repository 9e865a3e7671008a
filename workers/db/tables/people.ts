import type { Generated } from "kysely";

export interface UsersTable {
  id: string;
  name: string;
  administrator: 0 | 1;
  created_at: number;
  /** null: made by an administrator, who vouches for them. */
  email: Generated<string | null>;
  email_verified_at: Generated<number | null>;
  two_factor: Generated<0 | 1>;
}

/** Every name that leads to a user or an organization, old ones too. */
export interface NamespacesTable {
  name: string;
  kind: "user" | "organization";
  owner_id: string;
}

export interface DeletedNamesTable {
  name: string;
  deleted_at: number;
}

export interface SigningKeysTable {
  kid: string;
  public_jwk: string;
  sealed_private_jwk: string;
  created_at: number;
}
