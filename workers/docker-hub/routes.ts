import { Hono } from "hono";
import { searcherOf } from "./caller.ts";
import type { DockerHubContext } from "./context.ts";
import { renderHubError } from "./errors.ts";
import { readHubPath } from "./paths.ts";
import { searchAsRegistry } from "./registry-search.ts";
import { answerHub } from "./requests.ts";

/** First parts of paths of Docker Hub's API below `/v2/`. No other path of the registry is looked at here. */
const words = ["users", "user", "auth", "repositories", "namespaces", "search"];

const noStore = { "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff" };

/**
 * What clients of Docker Hub ask for, where they let the host be changed: `docker search` and `podman search`, and Docker Hub's API to log in and to read
 * repositories and tags. Mounted before the registry, which gets what is its own.
 *
 * @param resolve what the bindings of this environment were made into.
 */
export function dockerHubRoutes(resolve: (env: never) => DockerHubContext): Hono {
  const routes = new Hono();

  // docker asks before it searches. By the header it sends its credentials with the search.
  routes.get("/v1/_ping", (c) =>
    c.json(true, 200, {
      ...noStore,
      "X-Docker-Registry-Version": "0.9.1",
      "X-Docker-Registry-Standalone": "true",
    }),
  );

  routes.get("/v1/search", async (c) => {
    const { auth, search } = resolve(c.env as never);
    const viewer = await searcherOf(auth, c.req.raw);
    const found = await searchAsRegistry(search, viewer, new URL(c.req.url).searchParams);
    return c.json(found, 200, noStore);
  });

  for (const word of words)
    routes.all(`/v2/${word}/*`, async (c, next) => {
      const path = readHubPath(new URL(c.req.url).pathname);
      if (!path) return next();
      return c.json(await answerHub(resolve(c.env as never), c.req.raw, path), 200, noStore);
    });

  routes.onError((error, c) => renderHubError(error, c.req.raw));
  return routes;
}
