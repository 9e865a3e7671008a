import { z } from "zod";
import { mayInOrganization, viewerOf } from "../../../auth/index.ts";
import { getOrganization, listMembers, listTeams } from "../../../organizations/index.ts";
import { day } from "../../../platform/clock.ts";
import { listGrantedRepositories } from "../../../registry/index.ts";
import { page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { Section } from "../../view/heading.tsx";
import { Time } from "../../view/time.tsx";
import { RepositoryTable } from "../repositories/repository-table.tsx";
import { count, roleWords } from "../words.ts";
import { OrganizationHead, organizationCrumbs, pathOf } from "./head.tsx";

/** Of each list; the pages of their own have all. */
const shown = 10;

export const organizationPage = page({
  path: "/organizations/:organization",
  who: "user",
  params: z.strictObject({ organization: z.string() }),
  load: async ({ services: { organizations, registry }, actor, params: { organization: name } }) => {
    const organization = await getOrganization(organizations, actor, name);
    const first = { limit: shown + 1, last: "" };
    const viewer = viewerOf(actor);
    const [teams, members, repositories] = await Promise.all([
      listTeams(organizations, actor, name, first),
      listMembers(organizations, actor, name, {}, first),
      viewer ? listGrantedRepositories(registry, viewer, { owner: organization.id }, first) : [],
    ]);
    return { organization, teams, members, repositories };
  },
  title: ({ organization }) => organization.name,
  crumbs: () => organizationCrumbs,
  view: ({ data: { organization, teams, members, repositories }, visit, now }) => {
    const home = pathOf(organization.name);
    const policy = [
      organization.requireTwoFactor && "Members need two-factor authentication.",
      organization.maximumTokenAge !== null &&
        `Access tokens may be ${count(Math.round(organization.maximumTokenAge / day), "day")} old.`,
      organization.repositoryCreation === "members"
        ? "Members may make repositories."
        : "Only maintainers and owners make repositories.",
      `New repositories are ${organization.defaultVisibility}.`,
    ].filter((line) => line !== false);
    return (
      <OrganizationHead organization={organization} tab="">
        <div class="columns">
          <Section title="Repositories">
            {repositories.length === 0 ? (
              <Empty title="There is none here for you yet.">
                <Command
                  text={`docker push ${new URL(visit.origin).host}/${organization.name}/REPOSITORY`}
                  label="Push an image"
                />
              </Empty>
            ) : (
              <>
                <RepositoryTable repositories={repositories.slice(0, shown)} now={now} />
                {repositories.length > shown && (
                  <p>
                    <a href={`/repositories?in=${organization.name}`}>All repositories</a>
                  </p>
                )}
              </>
            )}
          </Section>
          <div>
            <Section title="Your role">
              <p>
                <strong>{roleWords[organization.role].label}</strong>: {roleWords[organization.role].hint}.
              </p>
              <p>
                <a href={`${home}/leave`}>Leave {organization.name}</a>
              </p>
            </Section>
            <Section title="Teams">
              {teams.length === 0 && (
                <p class="muted">
                  None yet.{" "}
                  {mayInOrganization(organization.role, "teams") && (
                    <a href={`${home}/new-team`}>Make the first team</a>
                  )}
                </p>
              )}
              <ul class="linklist">
                {teams.slice(0, shown).map(({ name, members: size }) => (
                  <li>
                    <a href={`${home}/teams/${name}`}>{name}</a>{" "}
                    <span class="muted">{count(size, "member")}</span>
                  </li>
                ))}
              </ul>
              {teams.length > shown && <a href={`${home}/teams`}>All teams</a>}
            </Section>
            <Section title="Members">
              <ul class="linklist">
                {members.slice(0, shown).map(({ name, role }) => (
                  <li>
                    {name} <span class="muted">{roleWords[role].label}</span>
                  </li>
                ))}
              </ul>
              <a href={`${home}/members`}>{members.length > shown ? "All members" : "Members"}</a>
            </Section>
            <Section title="Policy">
              <ul>
                {policy.map((line) => (
                  <li>{line}</li>
                ))}
              </ul>
              <p class="muted">
                {organization.name} was made <Time at={organization.createdAt} now={now} />.
              </p>
            </Section>
          </div>
        </div>
      </OrganizationHead>
    );
  },
});
