import type { OrganizationRole, RepositoryRole } from "../../db/index.ts";

/** Roles in an organization, as people choose them. */
export const roleWords: Record<OrganizationRole, { label: string; article: string; hint: string }> = {
  owner: {
    label: "Owner",
    article: "an owner",
    hint: "everything",
  },
  maintainer: {
    label: "Maintainer",
    article: "a maintainer",
    hint: "all repositories, teams, robots",
  },
  member: {
    label: "Member",
    article: "a member",
    hint: "what teams and grants give",
  },
  guest: {
    label: "Guest",
    article: "a guest",
    hint: "pulls what it is given",
  },
};

export const organizationRoles = Object.keys(roleWords) as OrganizationRole[];

/** Rights on a repository. Each has those before it. */
export const rightWords: Record<RepositoryRole, { label: string; hint: string }> = {
  read: { label: "Read", hint: "pull" },
  triage: { label: "Triage", hint: "pull, start and cancel builds" },
  write: { label: "Write", hint: "pull, push, delete tags" },
  admin: { label: "Admin", hint: "everything there" },
};

export const repositoryRoles = Object.keys(rightWords) as RepositoryRole[];

interface Option {
  value: string;
  label: string;
}

export const roleOptions: readonly Option[] = organizationRoles.map((value) => ({
  value,
  label: `${roleWords[value].label}: ${roleWords[value].hint}`,
}));

export const rightOptions: readonly Option[] = repositoryRoles.map((value) => ({
  value,
  label: `${rightWords[value].label}: ${rightWords[value].hint}`,
}));

/** "1 team", "4 teams". */
export function count(number: number, one: string, many = `${one}s`): string {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** Where the mail is that verifies an address. @param sends whether the hub has a mail server; without one administrators hand mail on */
export function whereMailIs(sends: boolean, email: string): string {
  return sends
    ? `A mail with a link that verifies your address is on its way to ${email}.`
    : `This hub has no mail server: ask an administrator for the link that verifies ${email}; it is in the outbox.`;
}
