import { badgesPage } from "./badges.tsx";
import { featuredPage } from "./featured.tsx";
import { hubSettingsPage } from "./hub-settings.tsx";
import { hubLogPage } from "./log.tsx";
import { allOrganizationsPage } from "./organizations.tsx";
import { adminPage } from "./overview.tsx";
import { storagePage } from "./storage.tsx";
import { userPage } from "./user.tsx";
import { usersPage } from "./users.tsx";

/** Pages of the administrators of the hub. */
export const adminPages = [
  adminPage,
  usersPage,
  userPage,
  allOrganizationsPage,
  storagePage,
  badgesPage,
  featuredPage,
  hubSettingsPage,
  hubLogPage,
];
