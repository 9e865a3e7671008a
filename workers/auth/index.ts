export {
  anonymous,
  decide,
  highestRole,
  namespaceOf,
  rolesOf,
  subjectOf,
  type Action,
  type Principal,
  type SignedIn,
  type Source,
  type User,
} from "./access.ts";
export {
  changeAccessToken,
  findAccessToken,
  listAccessTokens,
  revokeAccessToken,
  rotateAccessToken,
  type AccessToken,
} from "./access-tokens.ts";
export { createUser, deleteUser, getUser, listUsers, setAdministrator } from "./accounts.ts";
export { actorOf } from "./actor.ts";
export { ensureAdministrator } from "./administrator.ts";
export { authenticate, type Access, type Grant, type MountSource } from "./authenticate.ts";
export { addressOf, ChallengeError } from "./challenge.ts";
export { createAuth, type AuthContext } from "./context.ts";
export { requirePrincipal, signInAs, signInWith } from "./credentials.ts";
export { departures } from "./departures.ts";
export { approveDeviceRequest, lookUpDeviceRequest, refuseDeviceRequest } from "./device-requests.ts";
export { openPlace, sealPlace } from "./list-places.ts";
export {
  admit,
  callers,
  credentialOf,
  endpointWith,
  openCallers,
  type ApiEndpoint,
  type Caller,
} from "./endpoint.ts";
export { authEndpoints } from "./endpoints.ts";
export { explain, type Explanation } from "./explain.ts";
export {
  changeFederationRule,
  createFederationRule,
  deleteFederationRule,
  federationIssuers,
  listFederationRules,
  type FederationRule,
} from "./federation-rules.ts";
export { machineScopesFollow } from "./machine-scopes.ts";
export { checkNamespaceName, letRest, nameIsFree, nameRest, refuseName } from "./namespace-names.ts";
export {
  mayInOrganization,
  organizationUnknown,
  requireOrganization,
  type OrganizationAccess,
  type OrganizationAct,
} from "./organization-access.ts";
export { createAccessToken } from "./new-access-token.ts";
export { granted, inPatterns, mayBeInPatterns, readable, viewerOf, type Viewer } from "./readable.ts";
export { describeRefusal } from "./refusals.ts";
export { requireRepository, type PresentRepository } from "./repository-access.ts";
export { authRoutes } from "./routes.ts";
export {
  everyScope,
  repositoryActions,
  ScopeSet,
  wideScopes,
  type RepositoryAction,
  type WideScope,
} from "./scopes.ts";
export { rotateSigningKeys } from "./signing-keys.ts";
export { standingsOf, type FoundRepository } from "./standings.ts";
export { type TokenOwner } from "./token-owner.ts";
export { signIn } from "./token-sign-in.ts";
export { requireAdministrator, requireScope } from "./wide-scopes.ts";
