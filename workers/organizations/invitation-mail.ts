import type { OrganizationRole } from "../db/index.ts";
import { day } from "../platform/clock.ts";
import type { Mail } from "./context.ts";

/**
 * The mail to somebody who is invited. Nothing in it is the inviter's own wording: names are made of a few characters only, so that
 * nobody writes to strangers through the hub.
 */
export function invitationMail(invitation: {
  to: string;
  organization: string;
  inviter: string;
  role: OrganizationRole;
  link: string;
  /** Milliseconds. */
  lifetime: number;
}): Mail {
  const { to, organization, inviter, role, link, lifetime } = invitation;
  const days = Math.max(1, Math.round(lifetime / day));
  return {
    to,
    subject: `${inviter} invites you to ${organization}`,
    text: [
      `${inviter} invites you to join the organization ${organization} as ${role}.`,
      "",
      "Look at the invitation, and accept or decline it:",
      "",
      link,
      "",
      `It is for ${to}, and open for ${days} ${days === 1 ? "day" : "days"}. If it tells you nothing, leave it be: nothing happens.`,
      "",
    ].join("\n"),
  };
}
