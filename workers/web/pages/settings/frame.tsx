import type { Child } from "hono/jsx";
import { Heading } from "../../view/heading.tsx";
import { Tabs } from "../../view/tabs.tsx";

/** The pages of one's own account, in the order of their tabs. */
const tabs = [
  { label: "Account", href: "/settings" },
  { label: "Security", href: "/settings/security" },
  { label: "Sessions", href: "/settings/sessions" },
  { label: "Access tokens", href: "/settings/tokens" },
  { label: "Robots", href: "/settings/robots" },
  { label: "CI", href: "/settings/ci" },
  { label: "Audit log", href: "/settings/audit" },
] as const;

export const settingsCrumb = { label: "Settings", href: "/settings" };
export const securityCrumb = { label: "Security", href: "/settings/security" };

export type SettingsTab = (typeof tabs)[number]["href"];

/** A page of one's own account. */
export function Settings({ current, children }: { current: SettingsTab; children?: Child }) {
  return (
    <>
      <Heading title="Settings" />
      <Tabs label="Settings" tabs={tabs} current={current} />
      {children}
    </>
  );
}
