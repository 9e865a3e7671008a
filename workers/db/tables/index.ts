import type { AuditLogTable } from "./audit.ts";
import type { ManifestPullsTable, PullDaysTable, RepositoryCountsTable, StarsTable } from "./counts.ts";
import type {
  FeaturedRepositoriesTable,
  HubRunsTable,
  HubSettingsTable,
  NamespaceBadgesTable,
  StorageUseTable,
  StorageWalkTable,
} from "./curation.ts";
import type { IdempotencyKeysTable } from "./idempotency.ts";
import type {
  ImageChainsTable,
  ImagesTable,
  RepositoryChainsTable,
  TagCountsTable,
  UndescribedManifestsTable,
} from "./images.ts";
import type {
  DefaultRulesTable,
  InvitationsTable,
  OrganizationMembersTable,
  OrganizationsTable,
  RepositoryGrantsTable,
  RepositoryRedirectsTable,
  TeamMembersTable,
  TeamsTable,
} from "./organizations.ts";
import type { ListVersionTable, PageVersionsTable } from "./pages.ts";
import type { DeletedNamesTable, NamespacesTable, SigningKeysTable, UsersTable } from "./people.ts";
import type { ReadmesTable, RepositoryProfilesTable } from "./profiles.ts";
import type {
  BlobsTable,
  GarbageTable,
  ManifestReferencesTable,
  ManifestsTable,
  RepositoriesTable,
  RepositoryBlobsTable,
  TagsTable,
} from "./registry.ts";
import type { SearchChangesTable } from "./search.ts";
import type {
  OutboxTable,
  SignInIdentitiesTable,
  SignInPasskeysTable,
  SignInPasswordsTable,
  SignInRecoveryCodesTable,
  SignInSessionsTable,
  SignInTicketsTable,
  SignInTotpTable,
} from "./sign-in.ts";
import type { AccessTokensTable, DeviceRequestsTable, FederationRulesTable } from "./tokens.ts";

/** Every table and the type of its rows; test/workers/db/tables.test.ts holds this against the migrations. */
export interface Tables {
  users: UsersTable;
  deleted_names: DeletedNamesTable;
  access_tokens: AccessTokensTable;
  signing_keys: SigningKeysTable;
  repositories: RepositoriesTable;
  blobs: BlobsTable;
  repository_blobs: RepositoryBlobsTable;
  manifests: ManifestsTable;
  manifest_references: ManifestReferencesTable;
  tags: TagsTable;
  garbage: GarbageTable;
  namespaces: NamespacesTable;
  organizations: OrganizationsTable;
  organization_members: OrganizationMembersTable;
  teams: TeamsTable;
  team_members: TeamMembersTable;
  repository_grants: RepositoryGrantsTable;
  default_rules: DefaultRulesTable;
  repository_redirects: RepositoryRedirectsTable;
  invitations: InvitationsTable;
  federation_rules: FederationRulesTable;
  device_requests: DeviceRequestsTable;
  audit_log: AuditLogTable;
  idempotency_keys: IdempotencyKeysTable;
  sign_in_passwords: SignInPasswordsTable;
  sign_in_totp: SignInTotpTable;
  sign_in_recovery_codes: SignInRecoveryCodesTable;
  sign_in_passkeys: SignInPasskeysTable;
  sign_in_identities: SignInIdentitiesTable;
  sign_in_sessions: SignInSessionsTable;
  sign_in_tickets: SignInTicketsTable;
  outbox: OutboxTable;
  images: ImagesTable;
  undescribed_manifests: UndescribedManifestsTable;
  image_chains: ImageChainsTable;
  repository_chains: RepositoryChainsTable;
  tag_counts: TagCountsTable;
  repository_profiles: RepositoryProfilesTable;
  readmes: ReadmesTable;
  namespace_badges: NamespaceBadgesTable;
  featured_repositories: FeaturedRepositoriesTable;
  hub_settings: HubSettingsTable;
  hub_runs: HubRunsTable;
  storage_use: StorageUseTable;
  storage_walk: StorageWalkTable;
  page_versions: PageVersionsTable;
  list_version: ListVersionTable;
  repository_counts: RepositoryCountsTable;
  pull_days: PullDaysTable;
  manifest_pulls: ManifestPullsTable;
  stars: StarsTable;
  search_changes: SearchChangesTable;
}
