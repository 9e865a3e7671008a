import { Hono } from "hono";
import type { AuthContext } from "./context.ts";
import type { AuthEnv } from "./request.ts";
import { tokenRoutes } from "./token-routes.ts";

/**
 * What this domain answers besides the JSON API, from `/`.
 *
 * @param resolve what the bindings of this environment were made into.
 */
export function authRoutes(resolve: (env: never) => { auth: AuthContext }): Hono<AuthEnv> {
  const routes = new Hono<AuthEnv>();
  for (const path of ["/token", "/.well-known/jwks.json"])
    routes.use(path, async (c, next) => {
      c.set("auth", resolve(c.env as never).auth);
      await next();
    });
  routes.route("/", tokenRoutes);
  return routes;
}
