import { z } from "zod";
import { timeField, timeInput } from "../platform/endpoint-fields.ts";
import { day, second } from "../platform/clock.ts";
import {
  changeAccessToken,
  findAccessToken,
  listAccessTokens,
  revokeAccessToken,
  rotateAccessToken,
  type AccessToken,
} from "./access-tokens.ts";
import type { AuthContext } from "./context.ts";
import { endpointWith } from "./endpoint.ts";
import { createAccessToken } from "./new-access-token.ts";
import { ownerFields, ownerOf } from "./owner-fields.ts";

const endpoint = endpointWith<{ auth: AuthContext }>();

const kind = z.enum(["personal", "robot", "organization"]);

const tokenName = z.string().trim().min(1).max(100);

const ownerField = z.object({ kind: z.enum(["user", "organization"]), name: z.string() });

const token = z.object({
  id: z.string(),
  kind,
  name: z.string(),
  scopes: z.array(z.string()),
  created_at: timeField,
  rotated_at: timeField.nullable(),
  previous_until: timeField
    .nullable()
    .meta({ description: "Until when the text of before the last rotation works." }),
  expires_at: timeField.nullable(),
  last_used_at: timeField.nullable().meta({ description: "To the hour." }),
  last_used_from: z.string().nullable(),
});

const tokenWithText = token.extend({
  token: z.string().meta({ description: "Its text, which is shown this once." }),
});

/** `/api/v1/tokens`: access tokens of people, robots and organizations. */
export const tokenEndpoints = [
  endpoint({
    method: "POST",
    path: "/api/v1/tokens",
    operation: "createToken",
    summary: "Makes an access token, which reaches no further than the one that makes it.",
    tag: "Tokens",
    access: "signed-in",
    scope: "account",
    body: z.strictObject({
      ...ownerFields,
      kind: kind.default("personal"),
      name: tokenName,
      scopes: z.array(z.string().max(300)).min(1).max(50),
      expires_at: timeInput.nullable().default(null),
    }),
    creates: true,
    answer: { status: 201, schema: tokenWithText },
    run: async ({ context, actor, body }) => {
      const { expires_at: expiresAt, ...wanted } = body;
      return describeNew(
        await createAccessToken(context.auth, actor, ownerOf(body), { ...wanted, expiresAt }),
      );
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/tokens",
    operation: "listTokens",
    summary: "Lists access tokens of one kind, without their texts.",
    tag: "Tokens",
    access: "signed-in",
    scope: "account",
    query: z.strictObject({ ...ownerFields, kind: kind.default("personal") }),
    answer: { status: 200, schema: z.object({ tokens: z.array(token) }) },
    run: async ({ context, actor, query }) => {
      const tokens = await listAccessTokens(context.auth, actor, ownerOf(query), query.kind);
      return { tokens: tokens.map(describe) };
    },
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/tokens/:id",
    operation: "getToken",
    summary: "Shows an access token, without its text.",
    tag: "Tokens",
    access: "signed-in",
    scope: "account",
    params: z.strictObject({ id: z.string() }),
    answer: { status: 200, schema: token.extend({ owner: ownerField }) },
    run: async ({ context, actor, params }) => {
      const { owner, ...found } = await findAccessToken(context.auth, actor, params.id);
      return { ...describe(found), owner };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/api/v1/tokens/:id",
    operation: "changeToken",
    summary:
      "Renames an access token, or lets it expire earlier. A longer life, or other scopes, take a new one.",
    tag: "Tokens",
    access: "signed-in",
    scope: "account",
    params: z.strictObject({ id: z.string() }),
    body: z
      .strictObject({ name: tokenName.optional(), expires_at: timeInput.optional() })
      .refine((change) => Object.keys(change).length > 0, "give name, expires_at or both"),
    answer: { status: 200, schema: token },
    run: async ({ context, actor, params, body }) =>
      describe(
        await changeAccessToken(context.auth, actor, params.id, {
          name: body.name,
          expiresAt: body.expires_at,
        }),
      ),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/tokens/:id/rotate",
    operation: "rotateToken",
    summary: "Gives an access token a new text; the old one works on for the overlap.",
    tag: "Tokens",
    access: "signed-in",
    scope: "account",
    params: z.strictObject({ id: z.string() }),
    body: z.strictObject({
      overlap_seconds: z
        .int()
        .min(0)
        .max((30 * day) / second)
        .default(0),
    }),
    creates: true,
    answer: { status: 201, schema: tokenWithText },
    run: async ({ context, actor, params, body }) =>
      describeNew(await rotateAccessToken(context.auth, actor, params.id, body.overlap_seconds * second)),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/tokens/:id",
    operation: "revokeToken",
    summary: "Revokes an access token; the one that is sent may always revoke itself.",
    tag: "Tokens",
    access: "signed-in",
    params: z.strictObject({ id: z.string() }),
    answer: { status: 204 },
    run: async ({ context, actor, params }) => revokeAccessToken(context.auth, actor, params.id),
  }),
];

function describe({
  createdAt,
  rotatedAt,
  previousUntil,
  expiresAt,
  lastUsedAt,
  lastUsedFrom,
  ...rest
}: AccessToken) {
  return {
    ...rest,
    created_at: createdAt,
    rotated_at: rotatedAt,
    previous_until: previousUntil,
    expires_at: expiresAt,
    last_used_at: lastUsedAt,
    last_used_from: lastUsedFrom,
  };
}

function describeNew({ text, ...made }: AccessToken & { text: string }) {
  return { ...describe(made), token: text };
}
