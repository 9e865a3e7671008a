import { z } from "zod";
import { listOrganizations } from "../../organizations/index.ts";
import { listAccessTokens } from "../../auth/index.ts";
import { page, type At } from "../page.ts";
import { Command } from "../view/command.tsx";
import { Empty } from "../view/empty.tsx";
import { Heading, Section } from "../view/heading.tsx";
import { Notice } from "../view/notice.tsx";
import { Table } from "../view/table.tsx";

/** Of each list; the pages of their own have all. */
const shown = 20;

export const homePage = page({
  path: "/",
  who: "anybody",
  query: z.strictObject({}),
  title: "Start",
  load: async ({ services, session }) => {
    if (!session) return undefined;
    const page = { limit: shown, last: "" };
    const [organizations, tokens] = await Promise.all([
      listOrganizations(services.organizations, session.user, page),
      listAccessTokens(services.auth, session.user, { userId: session.user.id }, "personal"),
    ]);
    return { organizations, tokens: tokens.length };
  },
  view: ({ data, session, visit, services }) =>
    data && session ? (
      <SignedIn {...data} session={session} visit={visit} />
    ) : (
      <SignedOut visit={visit} mayJoin={services.accounts.settings.signUp === "open"} />
    ),
});

function SignedOut({ visit, mayJoin }: Pick<At, "visit"> & { mayJoin: boolean }) {
  const { host } = new URL(visit.origin);
  return (
    <>
      <Heading title="Container images, from ship to shore">
        Wherry keeps images, and brings them to the servers that run them. Any client of container registries
        works with it.
      </Heading>
      <div class="columns">
        <Section title="Pull a public image">
          <Command text={`docker pull ${host}/NAMESPACE/REPOSITORY`} label="Pull an image" />
          <p>Public repositories need no account.</p>
        </Section>
        <Section title="Sign in with docker">
          <Command text={`docker login --username NAME ${host}`} label="Sign in with docker" />
          <p>The password is an access token, which you make here once you are signed in.</p>
        </Section>
      </div>
      <p class="acts">
        <a class="button" href="/sign-in">
          Sign in
        </a>
        {mayJoin && (
          <a class="button quiet" href="/sign-up">
            Create an account
          </a>
        )}
      </p>
    </>
  );
}

interface SignedInProps extends Pick<At, "visit"> {
  session: NonNullable<At["session"]>;
  organizations: Awaited<ReturnType<typeof listOrganizations>>;
  tokens: number;
}

function SignedIn({ session: { user, email }, visit, organizations, tokens }: SignedInProps) {
  const { host } = new URL(visit.origin);
  return (
    <>
      <Heading title={`Hello, ${user.name}`} />
      {!user.emailVerified && (
        <Notice kind="care">
          <p>
            Your e-mail address {email} is not verified yet: until it is you can pull, and change nothing. Use
            the link in the mail, or <a href="/settings">have it sent again</a>.
          </p>
        </Notice>
      )}
      <div class="columns">
        <Section title="Push your first image">
          {tokens === 0 && (
            <p>
              Docker signs in with an access token. <a href="/settings/tokens">Make an access token</a>, and
              use it as the password.
            </p>
          )}
          <Command text={`docker login --username ${user.name} ${host}`} label="Sign in with docker" />
          <Command text={`docker push ${host}/${user.name}/REPOSITORY`} label="Push an image" />
          <ul class="linklist">
            <li>
              <a href="/repositories">Your repositories</a>
            </li>
            {tokens > 0 && (
              <li>
                <a href="/settings/tokens">Your access tokens</a>
              </li>
            )}
          </ul>
        </Section>
        <Section title="Your organizations">
          {organizations.length === 0 ? (
            <Empty title="You are in no organization">
              <p>
                In an organization a team shares repositories.{" "}
                <a href="/organizations/new">Create an organization</a>, or ask for an invitation to one.
              </p>
            </Empty>
          ) : (
            <>
              <Table
                caption="Your organizations"
                columns={[{ label: "Name" }, { label: "Your role" }]}
                rows={organizations.map(({ name, role }) => [
                  <a href={`/organizations/${name}`}>{name}</a>,
                  role,
                ])}
              />
              <p>
                <a href="/organizations">All your organizations</a>
              </p>
            </>
          )}
        </Section>
      </div>
    </>
  );
}
