import { acceptPage } from "./accept.tsx";
import { invitationsPage } from "./invitation-list.tsx";
import { invitePage } from "./invite.tsx";
import { leavePage, memberPage } from "./member.tsx";
import { membersPage } from "./members.tsx";
import { newOrganizationPage, organizationsPage } from "./mine.tsx";
import { organizationPage } from "./overview.tsx";
import { deleteOrganizationPage, renameOrganizationPage } from "./rename-delete.tsx";
import { rulesPage } from "./rules.tsx";
import { organizationSettingsPage } from "./settings.tsx";
import { newTeamPage, teamsPage } from "./team-list.tsx";
import { teamSettingsPage } from "./team-settings.tsx";
import { teamPage } from "./team.tsx";

export const organizationPages = [
  organizationsPage,
  newOrganizationPage,
  organizationPage,
  membersPage,
  memberPage,
  leavePage,
  invitePage,
  invitationsPage,
  teamsPage,
  newTeamPage,
  teamPage,
  teamSettingsPage,
  rulesPage,
  organizationSettingsPage,
  renameOrganizationPage,
  deleteOrganizationPage,
  acceptPage,
];
