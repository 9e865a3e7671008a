export { authenticate, type Access, type Action, type CatalogScope, type Grant } from "./authenticate.ts";
export { authRoutes } from "./routes.ts";
