import { z } from "zod";
import { mayInOrganization } from "../../../auth/index.ts";
import {
  addRule,
  getOrganization,
  listRules,
  removeRule,
  type DefaultRule,
} from "../../../organizations/index.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { repositoryRoles, rightOptions, rightWords } from "../words.ts";
import { OrganizationHead, organizationCrumbs, PartHeading } from "./head.tsx";

export const rulesPage = page({
  path: "/organizations/:organization/rules",
  who: "user",
  params: z.strictObject({ organization: z.string() }),
  load: async ({ services: { organizations }, actor, params }) => ({
    organization: await getOrganization(organizations, actor, params.organization),
    rules: await listRules(organizations, actor, params.organization),
  }),
  title: ({ organization }) => `Default rights in ${organization.name}`,
  crumbs: () => organizationCrumbs,
  forms: {
    add: {
      fields: z.strictObject({
        creator: fields.optionalText(64),
        kind: z.enum(["team", "user"]),
        name: fields.text(64),
        role: z.enum(repositoryRoles),
      }),
      run: async ({ services, actor, params, url }, { creator, kind, name, role }) => {
        await addRule(services.organizations, actor, params.organization, { creator, [kind]: name, role });
        return new GoTo(url.pathname, {
          saying: "The rule holds from now on, also for what is there already.",
        });
      },
    },
    remove: {
      fields: z.strictObject({ id: fields.text(100) }),
      run: async ({ services, actor, params, url }, { id }) => {
        await removeRule(services.organizations, actor, params.organization, id);
        return new GoTo(url.pathname, { saying: "The rule was removed." });
      },
    },
  },
  view: ({ data: { organization, rules }, form }) => {
    const mayChange = mayInOrganization(organization.role, "teams");
    return (
      <OrganizationHead organization={organization} tab="/rules">
        <PartHeading title="Default rights">
          Who has a right on what somebody makes here, without anybody giving it each time.
        </PartHeading>
        <RowProblem form={form("remove")} />
        {rules.length === 0 ? (
          <Empty title="There are no default rights.">
            <p>
              A repository is then for who made it, for maintainers and owners, and for whom it is given to.
            </p>
          </Empty>
        ) : (
          <Table
            caption="Default rights"
            columns={[
              { label: "What is made by" },
              { label: "Gives" },
              { label: "The right", whole: true },
              ...(mayChange ? [{ label: "Acts", unseen: true }] : []),
            ]}
            rows={rules.map((rule) => [
              rule.creator ?? "anybody",
              holderOf(rule),
              rightWords[rule.role].label,
              ...(mayChange
                ? [
                    <RowAct
                      form={form("remove")}
                      submit="Remove"
                      label={`Remove the rule for ${holderOf(rule)}`}
                      hidden={{ id: rule.id }}
                    />,
                  ]
                : []),
            ])}
          />
        )}
        {mayChange && (
          <Section title="New rule">
            <Form form={form("add")} submit="Add rule">
              <Field
                form={form("add")}
                name="creator"
                label="What is made by"
                optional
                exact
                maxlength={64}
                hint="The name of a member. Leave it empty for anybody."
              />
              <Select
                form={form("add")}
                name="kind"
                label="Gives"
                options={[
                  { value: "team", label: "A team" },
                  { value: "user", label: "A member" },
                ]}
              />
              <Field form={form("add")} name="name" label="Called" exact maxlength={64} />
              <Select form={form("add")} name="role" label="The right" options={rightOptions} value="read" />
            </Form>
          </Section>
        )}
      </OrganizationHead>
    );
  },
});

function holderOf({ team, user }: DefaultRule): string {
  return team === null ? (user ?? "") : `the team ${team}`;
}
