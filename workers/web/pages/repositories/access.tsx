import { z } from "zod";
import {
  keyOfGrant,
  listAccess,
  listGrants,
  removeGrant,
  setGrant,
  type Grantee,
} from "../../../registry/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { repositoryRoles, rightOptions, rightWords } from "../words.ts";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";
import { sourceWords } from "./source-words.ts";

const kind = z.enum(["user", "team"]);

/** Who may do what in a repository, and why; and what is given here. */
export const accessPage = page({
  path: "/r/:name{.+}/-/access",
  who: "user",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({ grant: after, person: after }),
  load: async (at) => {
    const opened = await open(at, "admin");
    if (opened instanceof GoTo) return opened;
    const { services, actor, params, query } = at;
    const [grants, people] = await Promise.all([
      listGrants(services.registry, actor, params.name, asked(query.grant)),
      listAccess(services.registry, actor, params.name, asked(query.person)),
    ]);
    return {
      opened,
      grants: shownOf(grants, keyOfGrant),
      people: shownOf(people, ({ user }) => user),
    };
  },
  title: ({ opened }) => `Access to ${opened.repository.name}`,
  crumbs: (_at, { opened: { repository } }) => crumbsOf(repository.name),
  forms: {
    give: {
      fields: z.strictObject({ kind, grantee: fields.text(64), role: z.enum(repositoryRoles) }),
      run: async ({ services, actor, params, url }, { kind: kindOf, grantee, role }) => {
        const given = await setGrant(
          services.registry,
          actor,
          params.name,
          granteeOf(kindOf, grantee.trim()),
          role,
        );
        return new GoTo(url.pathname, {
          saying: `${given.name} has the right ${rightWords[role].label} now.`,
        });
      },
    },
    remove: {
      fields: z.strictObject({ kind, grantee: fields.text(64) }),
      run: async ({ services, actor, params, url }, { kind: kindOf, grantee }) => {
        await removeGrant(services.registry, actor, params.name, granteeOf(kindOf, grantee));
        return new GoTo(url.pathname, { saying: `What was given to ${grantee} here is taken back.` });
      },
    },
  },
  view: ({ data: { opened, grants, people }, form, url, now }) => {
    const inOrganization = opened.repository.standing.owner?.kind === "organization";
    return (
      <RepositoryHead {...opened} tab="/-/access">
        <RowProblem form={form("remove")} />
        <div class="columns">
          <Section title="Given here">
            <Form form={form("give")} submit="Give right">
              <Select
                form={form("give")}
                name="kind"
                label="To"
                options={[
                  { value: "user", label: "A person" },
                  ...(inOrganization ? [{ value: "team", label: "A team" }] : []),
                ]}
              />
              <Field
                form={form("give")}
                name="grantee"
                label="Called"
                maxlength={64}
                exact
                hint="Give it again with another right to change it."
              />
              <Select form={form("give")} name="role" label="Right" options={rightOptions} value="read" />
            </Form>
            {grants.rows.length === 0 ? (
              <p class="muted">Nothing is given to anybody here.</p>
            ) : (
              <Table
                caption="Given here"
                columns={[
                  { label: "To" },
                  { label: "Right", whole: true },
                  { label: "Since", whole: true },
                  { label: "Acts", unseen: true },
                ]}
                rows={grants.rows.map((grant) => [
                  `${grant.kind === "team" ? "team " : ""}${grant.name}`,
                  rightWords[grant.role].label,
                  <Time at={grant.grantedAt} now={now} />,
                  <RowAct
                    form={form("remove")}
                    submit="Remove"
                    label={`Remove the right of ${grant.kind === "team" ? "team " : ""}${grant.name}`}
                    hidden={{ kind: grant.kind, grantee: grant.name }}
                  />,
                ])}
              />
            )}
            <Older url={url} name="grant" last={grants.last} label="More" />
          </Section>
          <Section title="Who has access">
            {people.rows.length === 0 ? (
              <p class="muted">Nobody but administrators of the hub.</p>
            ) : (
              <Table
                caption="Who has access"
                columns={[{ label: "Who" }, { label: "Right", whole: true }, { label: "Why" }]}
                rows={people.rows.map(({ user, role, sources }) => [
                  user,
                  rightWords[role].label,
                  <ul class="plain">
                    {sources.map((source) => (
                      <li>
                        {sources.length > 1 && `${rightWords[source.role].label}: `}
                        {source.type === "organization-role"
                          ? "by the role in the organization"
                          : sourceWords({ type: source.type, team: source.team })}
                      </li>
                    ))}
                  </ul>,
                ])}
              />
            )}
            <Older url={url} name="person" last={people.last} label="More people" />
            {opened.repository.visibility === "public" && <p>It is public: everybody may pull.</p>}
          </Section>
        </div>
      </RepositoryHead>
    );
  },
});

function granteeOf(kindOf: z.output<typeof kind>, name: string): Grantee {
  return kindOf === "team" ? { team: name } : { user: name };
}
