import type { Generated } from "kysely";
import type { Visibility } from "./registry.ts";

export type OrganizationRole = "owner" | "maintainer" | "member" | "guest";
export type RepositoryRole = "read" | "triage" | "write" | "admin";
/** Who may make repositories in an organization; maintainers and owners always may, guests never. */
export type RepositoryCreation = "members" | "maintainers";

export interface OrganizationsTable {
  id: string;
  name: string;
  display_name: Generated<string>;
  created_at: number;
  require_two_factor: Generated<0 | 1>;
  /** Milliseconds; null: tokens of any age. */
  maximum_token_age: Generated<number | null>;
  repository_creation: Generated<RepositoryCreation>;
  default_visibility: Generated<Visibility>;
}

export interface OrganizationMembersTable {
  organization_id: string;
  user_id: string;
  role: OrganizationRole;
  added_at: number;
}

export interface TeamsTable {
  id: string;
  organization_id: string;
  name: string;
  description: Generated<string>;
  created_at: number;
}

export interface TeamMembersTable {
  team_id: string;
  organization_id: string;
  user_id: string;
  added_at: number;
}

/** Of a user or of a team; the other is null. */
export interface RepositoryGrantsTable {
  repository_id: number;
  user_id: Generated<string | null>;
  team_id: Generated<string | null>;
  role: RepositoryRole;
  granted_at: number;
}

export interface DefaultRulesTable {
  id: string;
  organization_id: string;
  /** null: anybody. */
  creator_id: Generated<string | null>;
  user_id: Generated<string | null>;
  team_id: Generated<string | null>;
  role: RepositoryRole;
  created_at: number;
}

/** Old names of repositories. */
export interface RepositoryRedirectsTable {
  name: string;
  repository_id: number;
  since: number;
}

export interface InvitationsTable {
  id: string;
  organization_id: string;
  /** null: a link, for whoever has it. */
  email: Generated<string | null>;
  role: OrganizationRole;
  /** JSON array of team ids. */
  teams: Generated<string>;
  hmac: string;
  maximum_uses: Generated<number>;
  uses: Generated<number>;
  created_by: string;
  created_at: number;
  expires_at: number;
  revoked_at: Generated<number | null>;
}
