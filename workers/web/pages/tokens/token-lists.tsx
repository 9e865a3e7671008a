import type { Child } from "hono/jsx";
import { listAccessTokens } from "../../../auth/index.ts";
import type { TokenKind } from "../../../db/index.ts";
import { page, type Page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { createToken, newTokenFields, NewTokenForm, presetQuery } from "./create-token.tsx";
import { accountHolding, holderParams, organizationHolding, type Holder, type Holding } from "../holder.tsx";
import { listOf } from "./token-paths.ts";
import { TokenTable } from "./token-table.tsx";

/** What is said of each kind of token. */
const words: Record<TokenKind, { title: string; one: string; make: string; intro: string; none: string }> = {
  personal: {
    title: "Access tokens",
    one: "New access token",
    make: "New token",
    intro:
      "What docker, scripts and the API take in place of your password. Each can do what you choose, and never more than you.",
    none: "You have no access tokens.",
  },
  robot: {
    title: "Robots",
    one: "New robot",
    make: "New robot",
    intro:
      "Machines with a name and a token of their own. They work in this namespace only, and stay when people leave.",
    none: "There are no robots.",
  },
  organization: {
    title: "Access tokens of the organization",
    one: "New access token of the organization",
    make: "New token",
    intro:
      "They act as the organization itself, as its owners may. For pushing and pulling take a robot: it can do less.",
    none: "The organization has no access tokens.",
  },
};

/** The list of an owner's tokens of one kind, and the page for another. */
function tokenPages(kind: TokenKind, holding: Holding): Page[] {
  const path = `${holding.prefix}${listOf(kind)}`;
  const { title, one, make, intro, none } = words[kind];
  const list = page({
    path,
    who: "user",
    params: holderParams,
    title,
    crumbs: () => [...holding.crumbs],
    load: async (at) => {
      const holder = await holding.read(at);
      const tokens = await listAccessTokens(at.services.auth, at.actor, holder.owner, kind);
      return { holder, tokens };
    },
    view: ({ data: { holder, tokens }, actor, visit, now }) => {
      const login =
        kind === "personal" ? actor.name : `${holder.namespace}${kind === "robot" ? "+deploy" : ""}`;
      return (
        <>
          {holder.head({
            title,
            tab: listOf(kind),
            intro,
            act: (
              <a class="button" href={`${holder.home}${listOf(kind)}/new`}>
                {make}
              </a>
            ),
          })}
          {tokens.length === 0 ? (
            <Empty title={none}>
              <p>Make one, and give it to docker as the password:</p>
              <Command text={`docker login --username ${login} ${new URL(visit.origin).host}`} />
            </Empty>
          ) : (
            <TokenTable
              caption={title}
              tokens={tokens}
              prefix={kind === "robot" ? `${holder.namespace}+` : ""}
              now={now}
            />
          )}
          {kind !== "organization" && <Elsewhere holder={holder} kind={kind} />}
        </>
      );
    },
  });
  const another = page({
    path: `${path}/new`,
    who: "sudo",
    params: holderParams,
    title: one,
    query: presetQuery,
    crumbs: (at) => [
      ...holding.below(at),
      { label: title, href: path.replace(":organization", at.params.organization ?? "") },
    ],
    load: async (at) => holding.read(at),
    view: ({ data: holder, form, query, actor }) => (
      <>
        {holder.head({
          title: one,
          tab: listOf(kind),
          intro: "Give it what it is used for, and no more.",
        })}
        <NewTokenForm
          kind={kind}
          holder={holder}
          form={form("create")}
          preset={query.for}
          administrator={actor.administrator}
        />
      </>
    ),
    forms: {
      create: {
        fields: newTokenFields,
        run: async (at, values) => createToken(at, await holding.read(at), kind, values),
      },
    },
  });
  return [list, another];
}

/** What else there is to sign machines in with. */
function Elsewhere({ holder: { home }, kind }: { holder: Holder; kind: TokenKind }): Child {
  return (
    <p class="muted">
      {kind === "personal" && (
        <>
          For machines: <a href={`${home}/robots`}>robots</a>, which have a token of their own.{" "}
        </>
      )}
      For jobs of GitHub and GitLab: <a href={`${home}/ci`}>rules for CI</a>, which need no token at all.
    </p>
  );
}

export const tokenListPages = [
  ...tokenPages("personal", accountHolding),
  ...tokenPages("robot", accountHolding),
  ...tokenPages("robot", organizationHolding),
  ...tokenPages("organization", organizationHolding),
];
