export {
  anonymous,
  decide,
  highestRole,
  namespaceOf,
  rolesOf,
  subjectOf,
  type Action,
  type Decision,
  type Machine,
  type Principal,
  type RepositoryFacts,
  type SignedIn,
  type Source,
  type User,
} from "./access.ts";
export {
  createAccessToken,
  listAccessTokens,
  revokeAccessToken,
  rotateAccessToken,
  type AccessToken,
} from "./access-tokens.ts";
export { actorOf } from "./actor.ts";
export { ensureAdministrator } from "./administrator.ts";
export { authenticate, type Access, type Grant, type MountSource } from "./authenticate.ts";
export { ChallengeError } from "./challenge.ts";
export { createAuth, type AuthContext } from "./context.ts";
export { requirePrincipal } from "./credentials.ts";
export { admit, callers, credentialOf, endpointWith, type ApiEndpoint, type Caller } from "./endpoint.ts";
export { authEndpoints } from "./endpoints.ts";
export { checkNamespaceName, letRest, nameIsFree, nameRest, refuseName } from "./namespace-names.ts";
export {
  mayInOrganization,
  organizationUnknown,
  requireOrganization,
  type OrganizationAccess,
  type OrganizationAct,
} from "./organization-access.ts";
export { matchesPattern } from "./patterns.ts";
export { granted, inPatterns, readable, viewerOf, type Viewer } from "./readable.ts";
export { describeRefusal } from "./refusals.ts";
export { requireRepository, type PresentRepository } from "./repository-access.ts";
export { authRoutes } from "./routes.ts";
export { everyScope, repositoryActions, ScopeSet, type RepositoryAction, type WideScope } from "./scopes.ts";
export { rotateSigningKeys } from "./signing-keys.ts";
export { standingsOf, type FoundRepository } from "./standings.ts";
export { requireAdministrator, requireScope, type TokenOwner } from "./token-owner.ts";
export { signIn } from "./token-sign-in.ts";
