import { invitationEndpoints } from "./invitation-endpoints.ts";
import { logEndpoints } from "./log-endpoints.ts";
import { memberEndpoints } from "./member-endpoints.ts";
import { organizationItselfEndpoints } from "./organization-endpoints.ts";
import { ruleEndpoints } from "./rule-endpoints.ts";
import { teamEndpoints } from "./team-endpoints.ts";

export {
  acceptInvitation,
  declineInvitation,
  invitationAdmits,
  listMyInvitations,
  lookAtInvitation,
} from "./acceptance.ts";
export type { OrganizationsContext } from "./context.ts";
export { addRule, listRules, removeRule, type DefaultRule } from "./default-rules.ts";
export { listInvitations, revokeInvitation, type Invitation } from "./invitations.ts";
export { inviteByEmail, inviteByLink, type Sent } from "./invite.ts";
export { exportOrganizationLog, exportOwnLog, readOrganizationLog, readOwnLog } from "./logs.ts";
export { changeRole, getMember, leaveOrganization, listMembers, removeMember } from "./members.ts";
export { deleteOrganization, listOldNames, releaseOldName } from "./names.ts";
export {
  createOrganization,
  getOrganization,
  listOrganizations,
  type Organization,
} from "./organizations.ts";
export { renameOrganization } from "./rename.ts";
export { changeSettings } from "./settings.ts";
export { addTeamMember, listTeamMembers, listTeamRepositories, removeTeamMember } from "./team-members.ts";
export { changeTeam, createTeam, deleteTeam, getTeam, listTeams, type Team } from "./teams.ts";

export const organizationEndpoints = [
  ...organizationItselfEndpoints,
  ...memberEndpoints,
  ...invitationEndpoints,
  ...teamEndpoints,
  ...ruleEndpoints,
  ...logEndpoints,
];
