import type { Child } from "hono/jsx";
import type { Badge } from "../../../db/index.ts";
import { mostCounted } from "../../../hub/index.ts";
import type { Crumb } from "../../page.ts";
import { Heading } from "../../view/heading.tsx";
import { Tabs } from "../../view/tabs.tsx";

/** The pages of the administrators, in the order of their tabs. */
const tabs = [
  { label: "Overview", href: "/admin" },
  { label: "Users", href: "/admin/users" },
  { label: "Organizations", href: "/admin/organizations" },
  { label: "Storage", href: "/admin/storage" },
  { label: "Badges", href: "/admin/badges" },
  { label: "Featured", href: "/admin/featured" },
  { label: "Settings", href: "/admin/settings" },
  { label: "Audit log", href: "/admin/audit" },
  { label: "Outbox", href: "/outbox" },
] as const;

type AdminTab = (typeof tabs)[number]["href"];

export const adminCrumb: Crumb = { label: "Administration", href: "/admin" };
export const usersCrumb: Crumb = { label: "Users", href: "/admin/users" };

/** A page of the administrators. */
export function Admin({ current, children }: { current: AdminTab; children?: Child }) {
  return (
    <>
      <Heading title="Administration" />
      <Tabs label="Administration" tabs={tabs} current={current} />
      {children}
    </>
  );
}

export const badgeWords: Record<Badge, { label: string; hint: string }> = {
  official: { label: "Official", hint: "the hub's own work" },
  verified: { label: "Verified", hint: "belongs to whom its name says" },
};

/** A number that was counted up to a bound. */
export function countedText(number: number): string {
  return number > mostCounted ? `more than ${mostCounted.toLocaleString("en")}` : number.toLocaleString("en");
}

/** The pages of a namespace, and of a user among the administrators' own. */
export function namespacePath(name: string): string {
  return `/n/${name}`;
}
export function userPath(name: string): string {
  return `/admin/users/${name}`;
}
