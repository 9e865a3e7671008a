import { z } from "zod";
import { createFederationRule, federationIssuers, listFederationRules } from "../../../auth/index.ts";
import { GoTo, page, type Page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { Field, Select, TextArea } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Table } from "../../view/table.tsx";
import { LastHour } from "./token-table.tsx";
import { readClaims } from "./ci-claims.ts";
import { ciLines, exampleClaims } from "./ci-lines.ts";
import { accountHolding, holderParams, organizationHolding, type Holding } from "../holder.tsx";
import { ScopeFields, ScopeList } from "./scope-fields.tsx";
import { presets, scopeFields, scopesOf } from "./scope-form.ts";
import { describeScope } from "./scope-words.ts";

const intro =
  "Jobs of GitHub Actions and GitLab CI prove who they are with an id_token. A rule says which of them may do what here; no secret has to be kept there.";

/** The rules for CI of an owner, and the page for another. */
function ciRulePages(holding: Holding): Page[] {
  const path = `${holding.prefix}/ci`;
  const list = page({
    path,
    who: "user",
    params: holderParams,
    load: async (at) => {
      const holder = await holding.read(at);
      return { holder, rules: await listFederationRules(at.services.auth, at.actor, holder.owner) };
    },
    title: "Rules for CI",
    crumbs: () => [...holding.crumbs],
    view: ({ data: { holder, rules }, services, visit, now }) => (
      <>
        {holder.head({
          title: "Rules for CI",
          tab: "/ci",
          intro,
          act: (
            <a class="button" href={`${holder.home}/ci/new`}>
              New rule
            </a>
          ),
        })}
        {rules.length === 0 ? (
          <Empty title="There are no rules for CI.">
            <p>After the first rule a job signs in with these lines:</p>
            {federationIssuers(services.auth)
              .slice(0, 2)
              .map((issuer) => {
                const { label, text } = ciLines({
                  namespace: holder.namespace,
                  origin: visit.origin,
                  issuer,
                });
                return (
                  <>
                    <h3>{label}</h3>
                    <Command label={label} text={text} />
                  </>
                );
              })}
          </Empty>
        ) : (
          <Table
            caption="Rules for CI"
            columns={[
              { label: "Name" },
              { label: "Issuer" },
              { label: "Claims" },
              { label: "May" },
              { label: "Last used" },
            ]}
            rows={rules.map((rule) => [
              <a class="name" href={`${holder.home}/ci/${rule.id}`}>
                {`${holder.namespace}+${rule.name}`}
              </a>,
              new URL(rule.issuer).host,
              <ScopeList
                scopes={Object.entries(rule.claims).map(([claim, pattern]) => `${claim} = ${pattern}`)}
                describe={(claim) => claim}
              />,
              <ScopeList scopes={rule.scopes} describe={describeScope} />,
              <LastHour at={rule.lastUsedAt} now={now} />,
            ])}
          />
        )}
      </>
    ),
  });
  const another = page({
    path: `${path}/new`,
    who: "sudo",
    params: holderParams,
    load: async (at) => holding.read(at),
    title: "New rule for CI",
    crumbs: (at) => [
      ...holding.below(at),
      { label: "Rules for CI", href: path.replace(":organization", at.params.organization ?? "") },
    ],
    view: ({ data: holder, form, services }) => {
      const issuers = federationIssuers(services.auth);
      return (
        <>
          {holder.head({ title: "New rule for CI", tab: "/ci", intro })}
          <Form form={form("create")} submit="Create rule">
            <Field
              form={form("create")}
              name="name"
              label="Name"
              exact
              maxlength={64}
              placeholder="web-release"
              hint={`Jobs are called ${holder.namespace}+name in the audit log.`}
            />
            <Select
              form={form("create")}
              name="issuer"
              label="Where the jobs run"
              options={issuers.map((value) => ({ value, label: new URL(value).host }))}
              value={issuers[0] ?? ""}
            />
            <TextArea
              form={form("create")}
              name="claims"
              label="Claims"
              value={exampleClaims(issuers[0] ?? "")}
              hint={
                <>
                  One a line, with a pattern in which <code>*</code> stands for anything. One of them has to
                  name the project: <code>repository</code> on GitHub, <code>project_path</code> on GitLab.
                </>
              }
            />
            <ScopeFields
              form={form("create")}
              namespace={holder.namespace}
              start={{ repositories: `${holder.namespace}/**`, ticked: presets.ci.ticked }}
              wide="none"
            />
          </Form>
        </>
      );
    },
    forms: {
      create: {
        fields: z.strictObject({
          name: z.string().trim().min(1).max(64),
          issuer: z.string().max(300),
          claims: z.string().min(1).max(8000),
          ...scopeFields,
        }),
        run: async (at, { name, issuer, claims, ...scopes }) => {
          const holder = await holding.read(at);
          const rule = await createFederationRule(at.services.auth, at.actor, holder.owner, {
            name,
            issuer,
            claims: readClaims(claims),
            scopes: scopesOf(scopes),
          });
          return new GoTo(`${holder.home}/ci/${rule.id}`, {
            saying: `The rule ${rule.name} holds from now on.`,
          });
        },
      },
    },
  });
  return [list, another];
}

export const ciRuleListPages = [...ciRulePages(accountHolding), ...ciRulePages(organizationHolding)];
