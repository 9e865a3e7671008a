import { Hono } from "hono";
import { accountEndpoints } from "./accounts/index.ts";
import { apiRoutes } from "./api/index.ts";
import { authEndpoints, authRoutes, ensureAdministrator } from "./auth/index.ts";
import { dockerHubRoutes } from "./docker-hub/index.ts";
import type { Env } from "./env.ts";
import { hubEndpoints, hubRoutes } from "./hub/index.ts";
import { imagesEndpoints } from "./images/index.ts";
import { organizationEndpoints } from "./organizations/index.ts";
import { requireHost } from "./platform/host.ts";
import { renderProblem } from "./platform/http-errors.ts";
import { registryEndpoints, registryRoutes } from "./registry/index.ts";
import { searchEndpoints } from "./search/index.ts";
import { services } from "./services.ts";
import { answerError, pageUnknown, readsPages, webRoutes } from "./web/index.ts";

/** The whole JSON API. */
export const apiEndpoints = [
  ...authEndpoints,
  ...accountEndpoints,
  ...registryEndpoints,
  ...organizationEndpoints,
  ...imagesEndpoints,
  ...hubEndpoints,
  ...searchEndpoints,
];

/** Every route there is: each domain brings its own. */
export const app = new Hono<{ Bindings: Env }>();

app.use((c, next) => {
  requireHost(c.req.raw);
  return next();
});

/** 200 once requests can be served: the database answers, and the first administrator is there. */
app.get("/healthz", async (c) => {
  const { auth, registry } = services(c.env);
  await registry.db.query.selectFrom("users").select("id").limit(1).execute();
  await ensureAdministrator(auth);
  return c.json({ status: "ok" });
});

app.route("/", dockerHubRoutes(services));
app.route("/", registryRoutes(services));
app.route("/", authRoutes(services));
app.route("/", apiRoutes(services, apiEndpoints));
app.route("/", hubRoutes(services));
app.route("/", webRoutes(services));

app.notFound((c) => {
  const error = pageUnknown(c.req.raw);
  return readsPages(c.req.raw)
    ? answerError(() => services(c.env), error, c.req.raw)
    : renderProblem(error, c.req.raw);
});

app.onError((error, c) => renderProblem(error, c.req.raw));
