import type { Caller } from "../../../../workers/auth/index.ts";
import { actors, type Actor } from "./scene.ts";

/** What an endpoint does to a caller: lets them in (2xx), or one of the refusals. */
export type Outcome = "in" | 401 | 403 | 404;

/** Who may do something with what is in no path of the organization, such as the token of a robot: not there for the others. */
type Row = Caller | "whose it is";

/** One column for each actor, in the order of `actors`; what a cell says is in `words`. */
const table: Record<Row, string> = {
  //                   nob str riv gue mem rea tri wri kee mai own tok rob adm
  anybody: /*      */ "in  in  in  in  in  in  in  in  in  in  in  in  in  in",
  "signed-in": /*  */ "401 in  in  in  in  in  in  in  in  in  in  in  in  in",
  user: /*         */ "401 in  in  in  in  in  in  in  in  in  in  403 403 in",
  administrator: /**/ "401 403 403 403 403 403 403 403 403 403 403 403 403 in",
  guest: /*        */ "401 404 404 in  in  in  in  in  in  in  in  in  404 in",
  member: /*       */ "401 404 404 403 in  in  in  in  in  in  in  in  404 in",
  maintainer: /*   */ "401 404 404 403 403 403 403 403 403 in  in  in  404 in",
  owner: /*        */ "401 404 404 403 403 403 403 403 403 403 in  in  404 in",
  visitor: /*      */ "404 404 404 404 404 in  in  in  in  in  in  in  in  in",
  read: /*         */ "401 404 404 404 404 in  in  in  in  in  in  in  in  in",
  triage: /*       */ "401 404 404 404 404 403 in  in  in  in  in  in  in  in",
  write: /*        */ "401 404 404 404 404 403 403 in  in  in  in  in  in  in",
  admin: /*        */ "401 404 404 404 404 403 403 403 in  in  in  in  in  in",
  "whose it is": /**/ "401 404 404 404 404 404 404 404 404 in  in  in  404 in",
};

const wideScopes = new Set(["account", "fleet", "administration"]);

/** What follows from what an endpoint declares, for an actor. Robots have scopes of repositories only. */
export function expected(access: Row, scope: string | undefined, actor: Actor): Outcome {
  if (actor === "robot" && wideScopes.has(scope ?? "")) return 403;
  const word = table[access].split(/ +/)[actors.indexOf(actor)];
  if (word === undefined) throw new Error(`the table says nothing of "${actor}" under "${access}"`);
  return word === "in" ? "in" : (Number(word) as Outcome);
}

/** Where a noun function decides by more than the path: the outcome for these actors, in place of what `access` says. */
export const exceptions: Record<string, Partial<Record<Actor, Outcome>>> = {
  // Guests make nothing; who is not in the organization makes nothing there.
  createRepository: { stranger: 403, rival: 403, guest: 403 },
  // An old name is hidden from whoever cannot change it.
  releaseOldRepositoryName: { reader: 404, triager: 404, writer: 404 },
  // Stars are given by people.
  starRepository: { "organization's token": 403 },
  unstarRepository: { "organization's token": 403 },
  // A token is in no organization that it could leave.
  leaveOrganization: { "organization's token": 403 },
};

/** Endpoints about things of many owners: who may, when they are the robots and rules of the scene's organization. */
export const standIns: Record<string, Row> = {
  createToken: "maintainer",
  listTokens: "maintainer",
  getToken: "whose it is",
  changeToken: "whose it is",
  rotateToken: "whose it is",
  revokeToken: "whose it is",
  createFederationRule: "maintainer",
  listFederationRules: "maintainer",
  changeFederationRule: "whose it is",
  deleteFederationRule: "whose it is",
  releaseOldRepositoryName: "admin",
};

/** Where somebody who is let in is told, with one of these statuses, that it cannot be done now. */
export const conflicts: Record<string, readonly number[]> = {
  // The scene's manifest is a row without bytes.
  readAttachments: [503],
  // Its repository says nothing of a source, and no forge can be asked here.
  takeReadmeFromSource: [400],
  // While it has repositories.
  deleteOrganization: [409],
  // While it is the last owner of an organization.
  deleteAccount: [409],
  // Whoever is in already.
  acceptInvitation: [409],
};
