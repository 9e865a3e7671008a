import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Database, type Tables } from "../../../workers/db/index.ts";

/** Every column that the row types name. A column missing here or there does not compile, or fails the test. */
const columns: { [Table in keyof Tables]: Record<keyof Tables[Table], true> } = {
  users: {
    id: true,
    name: true,
    administrator: true,
    created_at: true,
    email: true,
    email_verified_at: true,
    two_factor: true,
  },
  deleted_names: { name: true, deleted_at: true },
  signing_keys: { kid: true, public_jwk: true, sealed_private_jwk: true, created_at: true },
  repositories: {
    id: true,
    name: true,
    visibility: true,
    created_at: true,
    owner_id: true,
    created_by: true,
  },
  blobs: { digest: true, size: true, locator: true, created_at: true, loose: true },
  repository_blobs: { repository_id: true, digest: true, linked_at: true, loose: true },
  manifests: {
    repository_id: true,
    digest: true,
    media_type: true,
    size: true,
    locator: true,
    artifact_type: true,
    subject: true,
    annotations: true,
    pushed_at: true,
  },
  manifest_references: { repository_id: true, manifest: true, target: true, kind: true },
  tags: { repository_id: true, name: true, digest: true, moved_at: true },
  garbage: { locator: true, since: true },
  organizations: {
    id: true,
    name: true,
    display_name: true,
    created_at: true,
    require_two_factor: true,
    maximum_token_age: true,
    repository_creation: true,
    default_visibility: true,
  },
  namespaces: { name: true, kind: true, owner_id: true },
  organization_members: { organization_id: true, user_id: true, role: true, added_at: true },
  teams: { id: true, organization_id: true, name: true, description: true, created_at: true },
  team_members: { team_id: true, organization_id: true, user_id: true, added_at: true },
  repository_grants: { repository_id: true, user_id: true, team_id: true, role: true, granted_at: true },
  default_rules: {
    id: true,
    organization_id: true,
    creator_id: true,
    user_id: true,
    team_id: true,
    role: true,
    created_at: true,
  },
  repository_redirects: { name: true, repository_id: true, since: true },
  invitations: {
    id: true,
    organization_id: true,
    email: true,
    role: true,
    teams: true,
    hmac: true,
    maximum_uses: true,
    uses: true,
    created_by: true,
    created_at: true,
    expires_at: true,
    revoked_at: true,
  },
  access_tokens: {
    id: true,
    kind: true,
    user_id: true,
    organization_id: true,
    name: true,
    hmac: true,
    previous_hmac: true,
    previous_until: true,
    scopes: true,
    created_at: true,
    created_by: true,
    rotated_at: true,
    expires_at: true,
    revoked_at: true,
    last_used_at: true,
    last_used_from: true,
  },
  federation_rules: {
    id: true,
    user_id: true,
    organization_id: true,
    name: true,
    issuer: true,
    claims: true,
    scopes: true,
    created_at: true,
    created_by: true,
    last_used_at: true,
  },
  device_requests: {
    device_hmac: true,
    user_code: true,
    client: true,
    address: true,
    scopes: true,
    created_at: true,
    expires_at: true,
    polled_at: true,
    decision: true,
    user_id: true,
    sealed_token: true,
  },
  audit_log: {
    id: true,
    at: true,
    log: true,
    actor: true,
    actor_name: true,
    action: true,
    target: true,
    token_id: true,
    address: true,
    before: true,
    after: true,
  },
  idempotency_keys: {
    subject: true,
    route: true,
    key: true,
    body_hmac: true,
    begun_at: true,
    sealed_answer: true,
  },
  sign_in_passwords: { user_id: true, hash: true, changed_at: true },
  sign_in_totp: { user_id: true, sealed_secret: true, last_step: true, created_at: true, confirmed_at: true },
  sign_in_recovery_codes: { user_id: true, hmac: true, used_at: true },
  sign_in_passkeys: {
    id: true,
    user_id: true,
    name: true,
    public_key: true,
    counter: true,
    transports: true,
    created_at: true,
    last_used_at: true,
  },
  sign_in_identities: {
    provider: true,
    subject: true,
    user_id: true,
    label: true,
    created_at: true,
    last_used_at: true,
  },
  sign_in_sessions: {
    id: true,
    hmac: true,
    user_id: true,
    created_at: true,
    used_at: true,
    sudo_until: true,
    agent: true,
    address: true,
  },
  sign_in_tickets: {
    hmac: true,
    purpose: true,
    user_id: true,
    content: true,
    tries: true,
    created_at: true,
    expires_at: true,
  },
  outbox: { id: true, at: true, recipient: true, subject: true, text: true, html: true },
  repository_profiles: {
    repository_id: true,
    description: true,
    categories: true,
    deprecated_at: true,
    successor_id: true,
    source_url: true,
    licenses: true,
    written: true,
    updated_at: true,
  },
  readmes: {
    repository_id: true,
    source: true,
    html: true,
    renderer: true,
    origin: true,
    updated_at: true,
  },
  namespace_badges: { namespace_id: true, badge: true, set_at: true },
  featured_repositories: { repository_id: true, position: true },
  hub_settings: { name: true, value: true },
  hub_runs: { name: true, succeeded_at: true, failed_at: true, failures: true, problem: true },
  storage_use: {
    namespace_id: true,
    logical: true,
    stored: true,
    blobs: true,
    next_logical: true,
    next_stored: true,
    next_blobs: true,
  },
  storage_walk: {
    id: true,
    digest: true,
    began_at: true,
    finished_at: true,
    stored: true,
    blobs: true,
    next_stored: true,
    next_blobs: true,
  },
};

test("the migrations make the tables that the row types describe", async () => {
  const rows = await env.DB.prepare(
    `select tables.name as "table", columns.name as "column" from sqlite_schema tables
     join pragma_table_info(tables.name) columns
     where tables.type = 'table' and tables.name not glob 'sqlite_*' and tables.name not glob '_cf_*'
       and tables.name not glob 'd1_*'`,
  ).all<{ table: string; column: string }>();
  const found = rows.results.map(({ table, column }) => `${table}.${column}`).toSorted();
  const described = Object.entries(columns).flatMap(([table, names]) =>
    Object.keys(names).map((column) => `${table}.${column}`),
  );
  expect(found).toEqual(described.toSorted());
});

test("a batch is undone as a whole when one of its statements fails", async () => {
  const db = new Database(env.DB);
  const insert = (name: string) => db.query.insertInto("repositories").values({ name, created_at: 0 });
  await expect(db.batch([insert("a"), insert("b"), insert("a")])).rejects.toThrow(/UNIQUE/);
  expect(await db.query.selectFrom("repositories").selectAll().execute()).toEqual([]);
});

test("interactive transactions are refused with the way to go instead", async () => {
  const db = new Database(env.DB);
  await expect(db.query.transaction().execute(async () => {})).rejects.toThrow(/Database\.batch/);
});
