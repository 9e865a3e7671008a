import { Hono } from "hono";
import { authenticate, type AuthContext } from "../auth/index.ts";
import { describeError, log } from "../platform/log.ts";
import { blobRoutes } from "./blob-routes.ts";
import type { RegistryContext } from "./context.ts";
import { RegistryError, renderRegistryError, toRegistryError } from "./errors.ts";
import { listingRoutes } from "./listing-routes.ts";
import { manifestRoutes } from "./manifest-routes.ts";
import type { RegistryEnv } from "./request.ts";
import { uploadRoutes } from "./upload-routes.ts";

/**
 * `/v2`: the OCI Distribution API. The noun's own file says which right a route needs; nothing is authorized inside a handler.
 *
 * @param resolve what the bindings of this environment were made into.
 */
export function registryRoutes(
  resolve: (env: never) => { registry: RegistryContext; auth: AuthContext },
): Hono<RegistryEnv> {
  const v2 = new Hono<RegistryEnv>();

  v2.use("/v2/*", async (c, next) => {
    const { registry, auth } = resolve(c.env as never);
    c.set("registry", registry);
    c.set("access", await authenticate(auth, c.req.raw));
    await next();
    c.header("Docker-Distribution-Api-Version", "registry/2.0");
    c.header("X-Content-Type-Options", "nosniff");
  });

  // Tells clients that this is a registry, and where tokens come from (OCI Distribution Specification, "Determining Support").
  v2.get("/v2/", (c) => {
    c.get("access").requireSignIn();
    return c.json({});
  });
  v2.get("/v2", (c) => c.redirect("/v2/", 301));

  v2.route("/v2", listingRoutes);
  v2.route("/v2", uploadRoutes);
  v2.route("/v2", blobRoutes);
  v2.route("/v2", manifestRoutes);

  v2.all("/v2/*", (c) => {
    throw new RegistryError(
      "UNSUPPORTED",
      `${c.req.method} ${c.req.path.slice(0, 300)} is not part of the registry API`,
      {
        status: 404,
      },
    );
  });

  v2.onError((error, c) => {
    const rendered = toRegistryError(error);
    if (rendered.status >= 500) {
      const id = crypto.randomUUID();
      log("error", "request failed", {
        id,
        method: c.req.method,
        path: c.req.path,
        ...describeError(rendered.cause ?? error),
      });
      rendered.headers["X-Request-Id"] = id;
    }
    const response = renderRegistryError(rendered);
    response.headers.set("Docker-Distribution-Api-Version", "registry/2.0");
    return response;
  });
  return v2;
}
