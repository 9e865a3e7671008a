import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { requireOrganization } from "../../../auth/index.ts";
import {
  changeSettings,
  getOrganization,
  listOldNames,
  releaseOldName,
} from "../../../organizations/index.ts";
import { day } from "../../../platform/clock.ts";
import * as fields from "../../fields.ts";
import { checkbox } from "../../form-state.ts";
import { GoTo, page } from "../../page.ts";
import { Checkbox, Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { OrganizationHead, organizationCrumbs, PartHeading, pathOf } from "./head.tsx";

/** Policy, name and end of an organization: for its owners. */
export const organizationSettingsPage = page({
  path: "/organizations/:organization/settings",
  who: "user",
  params: z.strictObject({ organization: z.string() }),
  load: async ({ services: { organizations, auth }, actor, params: { organization: name } }) => {
    await requireOrganization(auth, actor, name, "policy");
    const organization = await getOrganization(organizations, actor, name);
    return { organization, oldNames: await listOldNames(organizations, actor, name) };
  },
  title: ({ organization }) => `Settings of ${organization.name}`,
  crumbs: () => organizationCrumbs,
  forms: {
    policy: {
      fields: z.strictObject({
        displayName: z.string().max(100).default(""),
        requireTwoFactor: checkbox,
        maximumAge: z.union([z.literal(""), z.coerce.number().int().min(1).max(3650)]).default(""),
        repositoryCreation: z.enum(["members", "maintainers"]),
        defaultVisibility: z.enum(["private", "public"]),
      }),
      run: async ({ services, session, actor, params, url }, { maximumAge, ...wanted }) => {
        requireSudo(services.accounts, session);
        await changeSettings(services.organizations, actor, params.organization, {
          ...wanted,
          maximumTokenAge: maximumAge === "" ? null : maximumAge * day,
        });
        return new GoTo(url.pathname, { saying: "The settings are saved, and hold from now on." });
      },
    },
    release: {
      fields: z.strictObject({ name: fields.text(64) }),
      run: async ({ services, session, actor, params, url }, { name }) => {
        requireSudo(services.accounts, session);
        await releaseOldName(services.organizations, actor, params.organization, name);
        return new GoTo(url.pathname, { saying: `The name ${name} is free for others.` });
      },
    },
  },
  view: ({ data: { organization, oldNames }, form }) => {
    const { name, maximumTokenAge } = organization;
    return (
      <OrganizationHead organization={organization} tab="/settings">
        <PartHeading title="Settings" />
        <div class="columns">
          <Section title="Policy">
            <Form form={form("policy")} submit="Save settings">
              <Field
                form={form("policy")}
                name="displayName"
                label="Name for people"
                value={organization.displayName}
                maxlength={100}
                optional
              />
              <Checkbox
                form={form("policy")}
                name="requireTwoFactor"
                label="Members need two-factor authentication"
                hint="Who has none keeps their place, and can do nothing here until they set it up."
                checked={organization.requireTwoFactor}
              />
              <Field
                form={form("policy")}
                name="maximumAge"
                label="Access tokens may be so many days old"
                type="number"
                numeric
                optional
                value={maximumTokenAge === null ? "" : String(Math.round(maximumTokenAge / day))}
                hint="Older ones are refused here until they are rotated. Empty: of any age."
              />
              <Select
                form={form("policy")}
                name="repositoryCreation"
                label="Who makes repositories"
                options={[
                  { value: "members", label: "Every member" },
                  { value: "maintainers", label: "Maintainers and owners" },
                ]}
                value={organization.repositoryCreation}
              />
              <Select
                form={form("policy")}
                name="defaultVisibility"
                label="New repositories are"
                options={[
                  { value: "private", label: "Private" },
                  { value: "public", label: "Public: anybody may pull" },
                ]}
                value={organization.defaultVisibility}
              />
            </Form>
          </Section>
          <div>
            <Section title="Name">
              <p>
                Every repository moves with it. Pulls by the old name go on working, pushes are refused with
                the new one in the message.
              </p>
              <p>
                <a class="button quiet" href={`${pathOf(name)}/rename`}>
                  Rename {name}
                </a>
              </p>
              <RowProblem form={form("release")} />
              {oldNames.length > 0 && (
                <Table
                  caption="Old names"
                  columns={[{ label: "Old name" }, { label: "Acts", unseen: true }]}
                  rows={oldNames.map((old) => [
                    old,
                    <RowAct
                      form={form("release")}
                      submit="Release"
                      label={`Release the old name ${old}`}
                      hidden={{ name: old }}
                    />,
                  ])}
                />
              )}
            </Section>
            <Section title="Delete">
              <p>This cannot be undone. It takes an organization without repositories.</p>
              <p>
                <a class="button quiet" href={`${pathOf(name)}/delete`}>
                  Delete {name}
                </a>
              </p>
            </Section>
          </div>
        </div>
      </OrganizationHead>
    );
  },
});
