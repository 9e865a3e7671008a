import type { OrganizationRole } from "../db/index.ts";
import { day } from "../platform/clock.ts";
import type { MailMessage } from "../platform/mail.ts";

/**
 * The mail to somebody who is invited. Nothing in it is the inviter's own wording: names are made of a few characters only, so that
 * nobody writes to strangers through the hub.
 */
export function invitationMail(invitation: {
  to: string;
  organization: string;
  inviter: string;
  role: OrganizationRole;
  /** Absolute, or a path where the hub does not know its own address. */
  link: string;
  /** Milliseconds. */
  lifetime: number;
}): MailMessage {
  const { to, organization, inviter, role, link, lifetime } = invitation;
  const days = Math.max(1, Math.round(lifetime / day));
  const before = [
    `${inviter} invites you to the organization ${organization}, as its ${role}.`,
    "Look at the invitation, then accept it or turn it down:",
  ];
  const after = [
    `It is for ${to} only, and open for ${days} ${days === 1 ? "day" : "days"}.`,
    "If it tells you nothing, do nothing: nobody joins anything by not answering.",
  ];
  const paragraph = (text: string) => `<p>${escape(text)}</p>`;
  return {
    to,
    subject: `${inviter} invites you to ${organization}`,
    text: `${[...before, link, ...after].join("\n\n")}\n`,
    html: [
      ...before.map(paragraph),
      `<p><a href="${escape(link)}">${escape(link)}</a></p>`,
      ...after.map(paragraph),
    ].join("\n"),
  };
}

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}
