import { Hono, type Context } from "hono";
import { z } from "zod";
import { catalogOf, decide, requirePrincipal, type AuthContext, type Scope } from "../auth/index.ts";
import { nextPageLink, readPage } from "../platform/pagination.ts";
import { renderProblem } from "../platform/http-errors.ts";
import { readJson } from "../platform/validate.ts";
import { HubError } from "../shared/errors.ts";
import { isRepositoryName } from "../shared/reference.ts";
import { listRepositories } from "./catalog.ts";
import type { RegistryContext } from "./context.ts";
import { deleteManifest } from "./manifests.ts";
import {
  deleteRepository,
  getRepository,
  repositoryUnknown,
  setVisibility,
  type Repository,
} from "./repositories.ts";

const repositoriesPage = 100;

const settings = z.strictObject({ visibility: z.enum(["public", "private"]) });

/**
 * `/api/v1/repositories/<name>`: what `/v2` has no words for. To whoever may not pull, a repository is not there.
 *
 * @param resolve what the bindings of this environment were made into.
 */
export function repositoryRoutes<Bindings extends object>(
  resolve: (env: Bindings) => { registry: RegistryContext; auth: AuthContext },
): Hono<{ Bindings: Bindings }> {
  const routes = new Hono<{ Bindings: Bindings }>();
  const path = "/api/v1/repositories/:name{.+}";

  routes.get("/api/v1/repositories", async (c) => {
    const { registry, auth } = resolve(c.env);
    const principal = await requirePrincipal(auth, c.req.raw);
    const scope = catalogOf(principal);
    if (!scope)
      throw new HubError("denied", 'listing repositories takes an access token with the scope "pull"');
    const url = new URL(c.req.url);
    const page = readPage(url.searchParams, repositoriesPage);
    const { names, next } = await listRepositories(registry, scope, page);
    if (next) c.header("Link", nextPageLink(url, page, next));
    return c.json({ repositories: names });
  });

  routes.delete(`${path}/-/tags/:tag`, async (c) => {
    const { repository, registry } = await authorized(c, "delete");
    await deleteManifest(registry, repository.name, { tag: c.req.param("tag") });
    return c.body(null, 204);
  });

  routes.get(path, async (c) => {
    const { repository } = await authorized(c, "pull");
    return c.json(shape(repository));
  });

  routes.patch(path, async (c) => {
    const { repository, registry } = await authorized(c, "admin");
    const { visibility } = await readJson(c.req.raw, settings);
    await setVisibility(registry, repository.name, visibility);
    return c.json(shape({ ...repository, visibility }));
  });

  routes.delete(path, async (c) => {
    const { repository, registry } = await authorized(c, "delete");
    await deleteRepository(registry, repository.name);
    return c.body(null, 204);
  });

  async function authorized(
    c: Context<{ Bindings: Bindings }>,
    action: Scope,
  ): Promise<{ repository: Repository; registry: RegistryContext }> {
    const { registry, auth } = resolve(c.env);
    const principal = await requirePrincipal(auth, c.req.raw);
    const name = c.req.param("name") ?? "";
    const repository = isRepositoryName(name) ? await getRepository(registry, name) : undefined;
    if (!repository || !decide(principal, repository, "pull").allow)
      throw repositoryUnknown(name.slice(0, 300));
    if (!decide(principal, repository, action).allow)
      throw new HubError(
        "denied",
        `${principal.name} may not change ${name} with this access token: it takes the scope "${action}" and a right to the repository`,
      );
    return { repository, registry };
  }

  routes.onError((error, c) => renderProblem(error, c.req.raw));
  return routes;
}

function shape({ name, visibility, createdAt }: Repository) {
  return { name, visibility, created_at: new Date(createdAt).toISOString() };
}
