import type { Session } from "../../../accounts/index.ts";
import { listAccessTokens, viewerOf, type User } from "../../../auth/index.ts";
import { listRecentlyPushed, listStars } from "../../../hub/index.ts";
import { listMyInvitations, listOrganizations } from "../../../organizations/index.ts";
import type { FormState } from "../../form-state.ts";
import type { WebServices } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { RepositoryRows } from "../../view/repository-rows.tsx";
import { pathOf } from "../repositories/paths.ts";
import { roleWords } from "../words.ts";
import { MyInvitations, type invitationForms } from "./my-invitations.tsx";
import { withInside } from "./rows.ts";
import { Shelf } from "./shelf.tsx";

/** Of each list; the pages of their own have all. */
const shown = 10;

/** What somebody who is signed in works on. */
export async function readDashboard(services: WebServices, user: User) {
  const viewer = viewerOf(user);
  const page = { limit: shown, last: "" };
  const [pushed, organizations, stars, tokens, invitations] = await Promise.all([
    viewer ? listRecentlyPushed(services.hub, viewer, shown) : [],
    listOrganizations(services.organizations, user, page),
    listStars(services.hub, user, page),
    listAccessTokens(services.auth, user, { userId: user.id }, "personal"),
    listMyInvitations(services.organizations, user, shown),
  ]);
  const { repositories } = await withInside(services, { repositories: pushed });
  return { repositories, organizations, stars: stars.repositories, tokens: tokens.length, invitations };
}

type DashboardProps = Awaited<ReturnType<typeof readDashboard>> & {
  session: Session;
  host: string;
  form: (name: keyof typeof invitationForms) => FormState;
  now: number;
};

export function Dashboard(props: DashboardProps) {
  const { session, host, now, repositories } = props;
  const { user, email } = session;
  return (
    <>
      <h1>{`Hello, ${user.name}`}</h1>
      {!user.emailVerified && (
        <Notice kind="care">
          <p>
            Your e-mail address {email} is not verified yet: until it is you can pull, and change nothing. Use
            the link in the mail, or <a href="/settings">have it sent again</a>.
          </p>
        </Notice>
      )}
      <MyInvitations {...props} twoFactor={user.twoFactor} />
      <div class="cols">
        <div>
          <Shelf
            title="What you work on"
            {...(repositories.length > 0 && { more: { label: "All repositories", href: "/repositories" } })}
          >
            {repositories.length === 0 ? (
              <FirstPush {...props} />
            ) : (
              <RepositoryRows
                caption="Your repositories, pushed to last first"
                rows={repositories}
                now={now}
              />
            )}
          </Shelf>
        </div>
        <aside aria-label="Yours">
          {repositories.length > 0 && (
            <Section title="Push">
              <Command text={`docker push ${host}/${user.name}/REPOSITORY`} label="Push an image" />
              <p class="acts">
                <a href="/settings/tokens">Access tokens</a>
                <a href="/repositories/new">New repository</a>
              </p>
            </Section>
          )}
          <Organizations {...props} />
          <Stars {...props} />
        </aside>
      </div>
    </>
  );
}

function FirstPush({ session: { user }, host, tokens }: DashboardProps) {
  return (
    <Empty title="Push your first image">
      {tokens === 0 && (
        <p>
          Docker signs in with an access token. <a href="/settings/tokens/new">Make an access token</a>, and
          use it as the password.
        </p>
      )}
      <Command text={`docker login --username ${user.name} ${host}`} label="Sign in with docker" />
      <Command text={`docker push ${host}/${user.name}/REPOSITORY`} label="Push an image" />
      <p>
        It is private until you say otherwise. To see what others made, <a href="/explore">explore</a>.
      </p>
    </Empty>
  );
}

function Organizations({ organizations }: DashboardProps) {
  return (
    <Section title="Your organizations">
      {organizations.length === 0 ? (
        <p>
          You are in no organization. In one a team shares repositories:{" "}
          <a href="/organizations/new">create an organization</a>, or ask for an invitation to one.
        </p>
      ) : (
        <>
          <ul class="facts-list">
            {organizations.map(({ name, role }) => (
              <li>
                {role === "guest" ? <span>{name}</span> : <a href={`/organizations/${name}`}>{name}</a>}
                <span class="muted">{roleWords[role].label}</span>
              </li>
            ))}
          </ul>
          <p>
            <a href="/organizations">All your organizations</a>
          </p>
        </>
      )}
    </Section>
  );
}

function Stars({ stars }: DashboardProps) {
  return (
    <Section title="Your stars">
      {stars.length === 0 ? (
        <p>None yet. A star on the page of an image keeps it here.</p>
      ) : (
        <>
          <ul class="facts-list">
            {stars.map(({ name }) => (
              <li>
                <a href={pathOf(name)}>{name}</a>
              </li>
            ))}
          </ul>
          <p>
            <a href="/stars">All your stars</a>
          </p>
        </>
      )}
    </Section>
  );
}
