import packageFile from "../package.json" with { type: "json" };
import { createAccounts, type AccountsContext } from "./accounts/index.ts";
import { createAuth, type AuthContext } from "./auth/index.ts";
import { Database } from "./db/index.ts";
import type { Env } from "./env.ts";
import { clientAddress, readAddressSource } from "./platform/client-address.ts";
import { systemClock } from "./platform/clock.ts";
import { createHub, takeAnnotations, PullReports, readHubSettings, type HubContext } from "./hub/index.ts";
import { documentPlaces, type ImagesContext } from "./images/index.ts";
import { invitationAdmits, type OrganizationsContext } from "./organizations/index.ts";
import { openBlobStore } from "./platform/open-blob-store.ts";
import { createSearch, searchHealth, type IndexTables, type SearchContext } from "./search/index.ts";
import { createRegistry, type RegistryContext } from "./registry/index.ts";

/** Everything that answers requests, put together. */
export interface Services {
  auth: AuthContext;
  accounts: AccountsContext;
  registry: RegistryContext;
  organizations: OrganizationsContext;
  images: ImagesContext;
  hub: HubContext;
  search: SearchContext;
  work: Env["WORK"];
}

const built = new WeakMap<Env, Services>();

/** The composition root, once for each environment (one isolate has one). */
export function services(env: Env): Services {
  let made = built.get(env);
  if (!made) {
    made = build(env);
    built.set(env, made);
  }
  return made;
}

function build(env: Env): Services {
  const db = new Database(env.DB);
  const clock = systemClock;
  const addressSource = readAddressSource(env.CLIENT_ADDRESS);
  const auth = createAuth({
    db,
    clock,
    secret: env.SECRET,
    publicUrl: env.PUBLIC_URL,
    adminToken: env.ADMIN_TOKEN,
    attempts: env.ATTEMPTS,
    federationIssuers: env.FEDERATION_ISSUERS,
    clientAddress: (request) => clientAddress(addressSource, request),
  });
  const pulls = new PullReports({ clock, objects: env.PULLS, clientAddress: auth.clientAddress });
  const registry = createRegistry({
    db,
    clock,
    blobs: openBlobStore(env),
    uploads: env.UPLOADS,
    repositories: env.REPOSITORIES,
    grace: graceOf(env.GARBAGE_GRACE_SECONDS),
    events: {
      pushed: () => env.WORK.send({ type: "describe-images" }),
      pulled: (pull) => pulls.report(pull),
    },
  });
  const organizations: OrganizationsContext = {
    db,
    clock,
    auth,
    registry,
    sendMail: (message) => env.WORK.send({ type: "send-mail", message }),
  };
  const accounts = createAccounts({
    auth,
    work: env.WORK,
    signUpLimit: async () => (await readHubSettings({ db })).signUp,
    isInvited: (invitation, email) => invitationAdmits(organizations, invitation, email),
    variables: env,
  });
  const hub = createHub({
    db,
    clock,
    auth,
    registry,
    checks: [() => searchHealth(search)],
    release: { version: packageFile.version, build: env.BUILD?.id || null },
    requestRefresh: (repositoryId) => env.WORK.send({ type: "refresh-readme", repositoryId }),
  });
  const images: ImagesContext = {
    db,
    clock,
    registry,
    documents: documentPlaces(),
    described: async (image) => {
      if (image.isDefault) await takeAnnotations(hub, image.repositoryId, image.annotations);
    },
  };
  const search = createSearch({
    index: new Database<IndexTables>(env.SEARCH),
    db,
    clock,
    auth,
    images,
    requestDrain: () => env.WORK.send({ type: "index-search" }),
  });
  return {
    auth,
    accounts,
    registry,
    organizations,
    images,
    hub,
    search,
    work: env.WORK,
  };
}

/** The grace age in milliseconds. @throws Error naming the setting, when it is no number of seconds. */
function graceOf(setting = "86400"): number {
  const seconds = Number(setting);
  if (!Number.isFinite(seconds) || seconds < 0)
    throw new Error(`GARBAGE_GRACE_SECONDS is "${setting}"; it takes a number of seconds, such as 86400`);
  return seconds * 1000;
}
