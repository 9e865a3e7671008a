import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import {
  changeFederationRule,
  deleteFederationRule,
  listFederationRules,
  type FederationRule,
} from "../../../auth/index.ts";
import { HubError } from "../../../shared/errors.ts";
import { GoTo, page, type Page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { TextArea } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Time } from "../../view/time.tsx";
import { LastHour } from "./token-table.tsx";
import { readClaims, writeClaims } from "./ci-claims.ts";
import { ciLines } from "./ci-lines.ts";
import { accountHolding, holderParams, organizationHolding, type Holding } from "../holder.tsx";
import { linesOf } from "./scope-form.ts";

/** One rule for CI of an owner: the lines for the CI system, and how to change and delete it. */
function ciRulePage(holding: Holding): Page {
  const path = `${holding.prefix}/ci`;
  return page({
    path: `${path}/:id`,
    who: "user",
    params: holderParams.extend({ id: z.string() }),
    load: async (at) => {
      const holder = await holding.read(at);
      const rules = await listFederationRules(at.services.auth, at.actor, holder.owner);
      return { holder, rule: findRule(rules, at.params.id) };
    },
    title: ({ holder, rule }) => `${holder.namespace}+${rule.name}`,
    crumbs: (at, { holder }) => [...holding.below(at), { label: "Rules for CI", href: `${holder.home}/ci` }],
    view: ({ data: { holder, rule }, form, visit, now }) => {
      const lines = ciLines({ namespace: holder.namespace, origin: visit.origin, issuer: rule.issuer });
      return (
        <>
          {holder.head({
            title: `${holder.namespace}+${rule.name}`,
            tab: "/ci",
            intro: `Jobs of ${new URL(rule.issuer).host}.`,
          })}
          <dl>
            <dt>Last used</dt>
            <dd>
              <LastHour at={rule.lastUsedAt} now={now} />
            </dd>
            <dt>Made</dt>
            <dd>
              <Time at={rule.createdAt} now={now} />
            </dd>
          </dl>
          <Section title={lines.label}>
            <Command label={lines.label} text={lines.text} />
          </Section>
          <div class="columns">
            <Section title="Change">
              <Form form={form("change")} submit="Save rule">
                <TextArea
                  form={form("change")}
                  name="claims"
                  label="Claims"
                  value={writeClaims(rule.claims)}
                />
                <TextArea
                  form={form("change")}
                  name="scopes"
                  label="Scopes"
                  value={rule.scopes.join("\n")}
                  hint={
                    <>
                      One a line, such as <code>repository:{holder.namespace}/web-*:pull,create</code>.
                    </>
                  }
                />
              </Form>
            </Section>
            <Section title="Delete">
              <p>Jobs that fit no other rule cannot sign in from now on.</p>
              <Form form={form("delete")} submit={`Delete rule ${rule.name}`} danger />
            </Section>
          </div>
        </>
      );
    },
    forms: {
      change: {
        fields: z.strictObject({
          claims: z.string().min(1).max(8000),
          scopes: z.string().min(1).max(10_000),
        }),
        run: async (at, { claims, scopes }) => {
          requireSudo(at.services.accounts, at.session);
          const change = { claims: readClaims(claims), scopes: linesOf(scopes) };
          const rule = await changeFederationRule(at.services.auth, at.actor, at.params.id, change);
          return new GoTo(at.url.pathname, { saying: `The rule ${rule.name} was changed.` });
        },
      },
      delete: {
        fields: z.strictObject({}),
        run: async (at) => {
          const { home } = await holding.read(at);
          await deleteFederationRule(at.services.auth, at.actor, at.params.id);
          return new GoTo(`${home}/ci`, { saying: "The rule was deleted." });
        },
      },
    },
  });
}

function findRule(rules: readonly FederationRule[], id: string): FederationRule {
  const rule = rules.find((each) => each.id === id);
  if (!rule) throw new HubError("not-found", `there is no rule "${id.slice(0, 64)}"`);
  return rule;
}

export const ciRulePagesOfAll = [ciRulePage(accountHolding), ciRulePage(organizationHolding)];
