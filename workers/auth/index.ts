export { catalogOf, decide, type Action, type CatalogScope, type Scope } from "./access.ts";
export { ensureAdministrator } from "./administrator.ts";
export { authenticate, type Access, type Grant } from "./authenticate.ts";
export { ChallengeError } from "./challenge.ts";
export { createAuth, type AuthContext } from "./context.ts";
export { requirePrincipal } from "./credentials.ts";
export { matchesPattern } from "./patterns.ts";
export { authRoutes } from "./routes.ts";
export { rotateSigningKeys } from "./signing-keys.ts";
