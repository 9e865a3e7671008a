import type { AccessTokensTable, DeletedNamesTable, SigningKeysTable, UsersTable } from "./people.ts";
import type {
  BlobsTable,
  GarbageTable,
  ManifestReferencesTable,
  ManifestsTable,
  RepositoriesTable,
  RepositoryBlobsTable,
  TagsTable,
} from "./registry.ts";

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
}
