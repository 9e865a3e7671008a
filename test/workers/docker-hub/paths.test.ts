import { expect, test } from "vitest";
import { readHubPath, type HubPath } from "../../../workers/docker-hub/paths.ts";

const digest = `sha256:${"0".repeat(64)}`;

const hubPaths: Record<string, HubPath | undefined> = Object.fromEntries([
  ["users/login", { kind: "login" }],
  ["users/login/", { kind: "login" }],
  ["users/2fa-login", { kind: "second-factor" }],
  ["auth/token", { kind: "token" }],
  ["user/", { kind: "user" }],
  ["search/repositories/", { kind: "search" }],
  ["repositories/acme", { kind: "repositories", namespace: "acme" }],
  ["repositories/acme/", { kind: "repositories", namespace: "acme" }],
  ["namespaces/acme/repositories", { kind: "repositories", namespace: "acme" }],
  ["repositories/acme/web", { kind: "repository", name: "acme/web" }],
  ["repositories/acme/web/", { kind: "repository", name: "acme/web" }],
  ["namespaces/acme/repositories/web", { kind: "repository", name: "acme/web" }],
  ["repositories/acme/web/tags", { kind: "tags", name: "acme/web" }],
  ["repositories/acme/web/tags/", { kind: "tags", name: "acme/web" }],
  ["namespaces/acme/repositories/web/tags", { kind: "tags", name: "acme/web" }],
  ["repositories/acme/web/tags/1.0", { kind: "tag", name: "acme/web", tag: "1.0" }],
  ["repositories/acme/web/tags/1.0/", { kind: "tag", name: "acme/web", tag: "1.0" }],
  ["namespaces/acme/repositories/web/tags/1.0", { kind: "tag", name: "acme/web", tag: "1.0" }],
  // Names that are words of the API, and names with more parts.
  ["repositories/acme/tags", { kind: "repository", name: "acme/tags" }],
  ["repositories/acme/tags/tags", { kind: "tags", name: "acme/tags" }],
  ["repositories/acme/team/web", { kind: "repository", name: "acme/team/web" }],
  ["repositories/acme/team/web/tags/1", { kind: "tag", name: "acme/team/web", tag: "1" }],
  ["repositories/acme/manifests/1", undefined],
  // A tag that is called list: by the slash behind it.
  ["repositories/acme/web/tags/list/", { kind: "tag", name: "acme/web", tag: "list" }],
]);

const registryPaths = [
  "repositories/acme/tags/list",
  "repositories/acme/web/tags/list",
  "repositories/tags/list",
  "namespaces/acme/repositories/web/tags/list",
  "repositories/acme/web/manifests/latest",
  `repositories/acme/blobs/${digest}`,
  "repositories/acme/blobs/uploads/",
  "repositories/acme/blobs/uploads",
  "repositories/acme/blobs/uploads/an-upload",
  `users/login/referrers/${digest}`,
  "users/login/manifests/1",
  "auth/token/tags/list",
  "search/repositories/tags/list",
];

const nobodysPaths = [
  "users",
  "users/login/again",
  "user/name",
  "namespaces/acme",
  "namespaces",
  "repositories",
  "repositories/",
  "orgs/acme",
  "%",
  "repositories/%ff/web",
];

function read(paths: readonly string[]): Record<string, HubPath | undefined> {
  return Object.fromEntries(paths.map((path) => [path, readHubPath(`/v2/${path}`)]));
}

test("paths of Docker Hub are read, with a slash at the end or without", () => {
  expect(read(Object.keys(hubPaths))).toEqual(hubPaths);
});

test("what is a request of the OCI specification is the registry's, whatever words it begins with", () => {
  const found = read(registryPaths);
  expect(Object.keys(found).filter((path) => found[path])).toEqual([]);
});

test("other paths are nobody's", () => {
  const found = read(nobodysPaths);
  expect(Object.keys(found).filter((path) => found[path])).toEqual([]);
});
