import type { Child } from "hono/jsx";
import { mayInOrganization, type OrganizationAct } from "../../../auth/index.ts";
import type { Organization } from "../../../organizations/index.ts";
import type { Crumb } from "../../page.ts";
import { Tabs } from "../../view/tabs.tsx";
import { roleWords } from "../words.ts";

/** Everything of an organization that has a page, with what one needs the right to do to see it. */
const tabs: readonly { label: string; path: string; needs: OrganizationAct }[] = [
  { label: "Overview", path: "", needs: "see" },
  { label: "Members", path: "/members", needs: "see" },
  { label: "Invitations", path: "/invitations", needs: "members" },
  { label: "Teams", path: "/teams", needs: "see" },
  { label: "Default rights", path: "/rules", needs: "teams" },
  { label: "Robots", path: "/robots", needs: "robots" },
  { label: "CI", path: "/ci", needs: "robots" },
  { label: "Tokens", path: "/tokens", needs: "tokens" },
  { label: "Audit log", path: "/audit", needs: "audit" },
  { label: "Settings", path: "/settings", needs: "policy" },
];

export function pathOf(organization: string): string {
  return `/organizations/${organization}`;
}

export const organizationCrumbs: Crumb[] = [{ label: "Organizations", href: "/organizations" }];

interface HeadProps {
  organization: Pick<Organization, "name" | "displayName" | "role">;
  /** Path of the tab that is shown, below the organization's. */
  tab: string;
  children?: Child;
}

/** What is on top of each page of an organization: its name, what the reader is in it, and the tabs that are theirs. */
export function OrganizationHead({ organization, tab, children }: HeadProps) {
  const { name, displayName, role } = organization;
  const home = pathOf(name);
  return (
    <>
      <h1>{displayName || name}</h1>
      <p class="chips">
        {displayName && <span class="chip">{name}</span>}{" "}
        <span class="chip">You are {roleWords[role].article}</span>
      </p>
      <Tabs
        label={`Pages of ${name}`}
        current={home + tab}
        tabs={tabs
          .filter(({ needs }) => mayInOrganization(role, needs))
          .map(({ label, path }) => ({ label, href: home + path }))}
      />
      {children}
    </>
  );
}

/** The heading of a page below a tab, with what belongs beside it, such as the link to make another. */
export function PartHeading({ title, children, act }: { title: Child; children?: Child; act?: Child }) {
  return (
    <div class="part">
      <div>
        <h2>{title}</h2>
        {children !== undefined && <p class="lede">{children}</p>}
      </div>
      {act}
    </div>
  );
}
