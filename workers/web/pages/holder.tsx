import type { Child } from "hono/jsx";
import { z } from "zod";
import type { Session } from "../../accounts/index.ts";
import type { TokenOwner } from "../../auth/index.ts";
import { getOrganization } from "../../organizations/index.ts";
import type { At, Crumb } from "../page.ts";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./organizations/head.tsx";
import { Settings, settingsCrumb } from "./settings/frame.tsx";

/** What accounts and organizations both have a page for, below their own. */
type HolderTab = "/tokens" | "/robots" | "/ci" | "/audit";

/** Whose tokens, rules or log a page is about: an account or an organization. The pages for both are the same but for this. */
export interface Holder {
  /** For the noun functions. */
  owner: TokenOwner;
  /** What machines sign in below: `<namespace>+<name>`. */
  namespace: string;
  /** Address of the pages that are about the holder. */
  home: string;
  /** The top of a page below `home`. */
  head: (part: { title: string; tab: HolderTab; intro?: Child; act?: Child }) => Child;
}

function holderOfAccount(user: string): Holder {
  return {
    owner: {},
    namespace: user,
    home: "/settings",
    head: ({ title, tab, intro, act }) => (
      <Settings current={`/settings${tab}`}>
        <PartHeading title={title} act={act}>
          {intro}
        </PartHeading>
      </Settings>
    ),
  };
}

/** The page of an account has no organization in its path. */
export const holderParams = z.strictObject({ organization: z.string().optional() });

type HolderAt = Pick<At<Session, z.output<typeof holderParams>>, "services" | "actor" | "params">;

/** @throws HubError `not-found`, `denied`. */
async function holderOfOrganization({ services, actor, params }: HolderAt): Promise<Holder> {
  const organization = await getOrganization(services.organizations, actor, params.organization ?? "");
  return {
    owner: { organization: organization.name },
    namespace: organization.name,
    home: pathOf(organization.name),
    head: ({ title, tab, intro, act }) => (
      <OrganizationHead organization={organization} tab={tab}>
        <PartHeading title={title} act={act}>
          {intro}
        </PartHeading>
      </OrganizationHead>
    ),
  };
}

/** The two kinds of holder, as the pages that are made for each take them. */
export interface Holding {
  /** Before the path of the page. */
  prefix: "/settings" | "/organizations/:organization";
  read: (at: HolderAt) => Promise<Holder>;
  /** What the tabs are below. */
  crumbs: readonly Crumb[];
  /** What pages below a tab are below, as far as that. */
  below: (at: HolderAt) => Crumb[];
}

export const accountHolding: Holding = {
  prefix: "/settings",
  read: async ({ actor }) => holderOfAccount(actor.name),
  crumbs: [],
  below: () => [settingsCrumb],
};

export const organizationHolding: Holding = {
  prefix: "/organizations/:organization",
  read: holderOfOrganization,
  crumbs: organizationCrumbs,
  below: ({ params: { organization = "" } }) => [
    ...organizationCrumbs,
    { label: organization, href: pathOf(organization) },
  ],
};
