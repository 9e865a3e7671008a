import { z } from "zod";
import { addressOf } from "../auth/index.ts";
import { day } from "../platform/clock.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import { acceptInvitation, declineInvitation, lookAtInvitation, type InvitationView } from "./acceptance.ts";
import { cut, endpoint, inOrganization, nameInput, oneMore, organizationRole } from "./endpoint.ts";
import { listInvitations, revokeInvitation, type Invitation } from "./invitations.ts";
import { inviteByEmail, inviteByLink, maximumAddresses, maximumTeams, maximumUses } from "./invite.ts";

const offer = {
  role: organizationRole,
  teams: z.array(nameInput).max(maximumTeams).default([]),
  days: z.int().min(1).max(30).default(7),
};

const invitation = z.object({
  id: z.string(),
  /** null: a link, for whoever has it. */
  email: z.string().nullable(),
  role: organizationRole,
  teams: z.array(z.string()),
  maximum_uses: z.int(),
  uses: z.int(),
  created_by: z.string().nullable(),
  created_at: timeField,
  expires_at: timeField,
  state: z.enum(["open", "expired", "revoked", "used"]),
});

const result = z.object({
  email: z.string(),
  result: z.enum(["invited", "member-already", "invalid", "limit"]),
  /** Its id. */
  invitation: z.string().optional(),
  /** What the mail leads to. Only an account with that address, verified, can use it. */
  link: z.string().optional(),
});

const view = z.object({
  organization: z.string(),
  display_name: z.string(),
  role: organizationRole,
  teams: z.array(z.string()),
  email: z.string().nullable(),
  invited_by: z.string().nullable(),
  expires_at: timeField,
  require_two_factor: z.boolean(),
});

/** The end of the link: in a body, since addresses are logged along the way. */
const withSecret = z.strictObject({ secret: z.string().min(1).max(100) });

/** Invitations: an organization's own, and those that somebody got. */
export const invitationEndpoints = [
  endpoint({
    method: "POST",
    path: "/api/v1/organizations/:organization/invitations",
    operation: "inviteByEmail",
    summary: "Invites people by e-mail, up to a hundred at once, and tells what became of each address.",
    tag: "Invitations",
    access: "owner",
    scope: "account",
    params: inOrganization,
    body: z.strictObject({
      emails: z.array(z.string().max(320)).min(1).max(maximumAddresses),
      ...offer,
    }),
    creates: true,
    answer: { status: 201, schema: z.object({ results: z.array(result) }) },
    run: async ({ context, actor, params, body, request }) => {
      const { emails, role, teams, days } = body;
      const { origin } = addressOf(context.auth, request);
      const wanted = { emails, role, teams, lifetime: days * day };
      return {
        results: await inviteByEmail(context.organizations, actor, params.organization, wanted, origin),
      };
    },
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/organizations/:organization/invitation-links",
    operation: "inviteByLink",
    summary: "Makes a link that lets whoever has it join. It is shown this once.",
    tag: "Invitations",
    access: "owner",
    scope: "account",
    params: inOrganization,
    body: z.strictObject({ maximum_uses: z.int().min(1).max(maximumUses).default(1), ...offer }),
    creates: true,
    answer: {
      status: 201,
      schema: z.object({ id: z.string(), link: z.string(), expires_at: timeField }),
    },
    run: async ({ context, actor, params, body, request }) => {
      const { role, teams, days } = body;
      const { origin } = addressOf(context.auth, request);
      const wanted = { role, teams, lifetime: days * day, maximumUses: body.maximum_uses };
      const { expiresAt, ...made } = await inviteByLink(
        context.organizations,
        actor,
        params.organization,
        wanted,
        origin,
      );
      return { ...made, expires_at: expiresAt };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/organizations/:organization/invitations",
    operation: "listInvitations",
    summary: "Lists the invitations of an organization, the newest first, also those that have ended.",
    tag: "Invitations",
    access: "owner",
    scope: "account",
    params: inOrganization,
    paged: 100,
    answer: { status: 200, schema: z.object({ invitations: z.array(invitation) }) },
    run: async ({ context, actor, params, page, more }) => {
      const found = await listInvitations(context.organizations, actor, params.organization, oneMore(page));
      return { invitations: cut(found, page, more, ({ id }) => id).map(describe) };
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/organizations/:organization/invitations/:id",
    operation: "revokeInvitation",
    summary: "Ends an invitation.",
    tag: "Invitations",
    access: "owner",
    scope: "account",
    params: z.strictObject({ organization: z.string(), id: z.string() }),
    answer: { status: 204 },
    run: async ({ context, actor, params }) =>
      revokeInvitation(context.organizations, actor, params.organization, params.id),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/invitations/look",
    operation: "lookAtInvitation",
    summary: "Shows an invitation to whoever has the end of its link, without accepting it.",
    tag: "Invitations",
    access: "anybody",
    body: withSecret,
    answer: { status: 200, schema: view },
    run: async ({ context, body }) =>
      describeView(await lookAtInvitation(context.organizations, body.secret)),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/invitations/accept",
    operation: "acceptInvitation",
    summary: "Accepts an invitation: joins the organization and the teams it names.",
    tag: "Invitations",
    access: "user",
    scope: "account",
    body: withSecret,
    answer: { status: 200, schema: z.object({ organization: z.string(), role: organizationRole }) },
    run: async ({ context, actor, body }) => acceptInvitation(context.organizations, actor, body),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/invitations/decline",
    operation: "declineInvitation",
    summary: "Turns an invitation down. One that was mailed is over; a link stays open to others.",
    tag: "Invitations",
    access: "user",
    scope: "account",
    body: withSecret,
    answer: { status: 204 },
    run: async ({ context, actor, body }) => declineInvitation(context.organizations, actor, body),
  }),
];

function describe({ maximumUses, createdBy, createdAt, expiresAt, ...rest }: Invitation) {
  return {
    ...rest,
    maximum_uses: maximumUses,
    created_by: createdBy,
    created_at: createdAt,
    expires_at: expiresAt,
  };
}

function describeView({ displayName, invitedBy, expiresAt, requireTwoFactor, ...rest }: InvitationView) {
  return {
    ...rest,
    display_name: displayName,
    invited_by: invitedBy,
    expires_at: expiresAt,
    require_two_factor: requireTwoFactor,
  };
}
