import { Hono } from "hono";
import { nextPageLink, readPage, type Page } from "../platform/pagination.ts";
import { HubError } from "../shared/errors.ts";
import { mediaTypes } from "../shared/media-types.ts";
import { listRepositories } from "./catalog.ts";
import { RegistryError } from "./errors.ts";
import { listReferrers } from "./referrers.ts";
import { repositoryUnknown } from "./repositories.ts";
import { digestIn, repositoryRoute, type RegistryEnv } from "./request.ts";
import { listTags } from "./tags.ts";

/** Referrers carry their annotations, so that a page of them is kept shorter. */
const referrersPage = 100;

export const listingRoutes = new Hono<RegistryEnv>();

listingRoutes.get("/_catalog", async (c) => {
  const scope = c.var.access.requireCatalog();
  const url = new URL(c.req.url);
  const page = pageOf(url);
  const { names, next } = await listRepositories(c.var.registry, scope, page);
  if (next) c.header("Link", nextPageLink(url, page, next));
  return c.json({ repositories: names });
});

listingRoutes.get(
  "/:name{.+}/tags/list",
  repositoryRoute("pull", async ({ c, registry, repository, confirm }) => {
    const url = new URL(c.req.url);
    const page = pageOf(url);
    const found = await listTags(registry, repository, page);
    confirm(found?.public);
    if (!found) throw repositoryUnknown(repository);
    if (found.next) c.header("Link", nextPageLink(url, page, found.next));
    return c.json({ name: repository, tags: found.tags });
  }),
);

listingRoutes.get(
  "/:name{.+}/referrers/:digest",
  repositoryRoute("pull", async ({ c, registry, repository, confirm }) => {
    const url = new URL(c.req.url);
    const subject = digestIn(c);
    const artifactType = c.req.query("artifactType");
    const asked = pageOf(url, referrersPage);
    const page = { ...asked, limit: Math.min(asked.limit, referrersPage), artifactType };
    const found = await listReferrers(registry, repository, subject, page);
    confirm(found.public);
    if (found.next) c.header("Link", nextPageLink(url, page, found.next));
    if (artifactType !== undefined) c.header("OCI-Filters-Applied", "artifactType");
    return c.json({ schemaVersion: 2, mediaType: mediaTypes.ociIndex, manifests: found.referrers }, 200, {
      "Content-Type": mediaTypes.ociIndex,
    });
  }),
);

function pageOf(url: URL, fallback?: number): Page {
  try {
    return readPage(url.searchParams, fallback);
  } catch (error) {
    if (error instanceof HubError)
      throw new RegistryError("PAGINATION_NUMBER_INVALID", error.message, {
        cause: error,
        detail: error.detail ?? {},
      });
    throw error;
  }
}
