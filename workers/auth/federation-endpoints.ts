import { z } from "zod";
import { timeField } from "../platform/endpoint-fields.ts";
import type { AuthContext } from "./context.ts";
import { endpointWith } from "./endpoint.ts";
import {
  changeFederationRule,
  createFederationRule,
  deleteFederationRule,
  listFederationRules,
  type FederationRule,
} from "./federation-rules.ts";
import { ownerFields, ownerOf } from "./owner-fields.ts";

const endpoint = endpointWith<{ auth: AuthContext }>();

const claims = z.record(z.string().max(100), z.string().max(300));
const scopes = z.array(z.string().max(300)).min(1).max(50);

const rule = z.object({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  claims: z
    .record(z.string(), z.string())
    .meta({ description: "Claim to pattern, in which * stands for any characters." }),
  scopes: z.array(z.string()),
  created_at: timeField,
  last_used_at: timeField.nullable().meta({ description: "To the hour." }),
});

const params = z.strictObject({ id: z.string() });

/** `/api/v1/federation-rules`: which jobs of CI sign in with an id_token, and with which rights. */
export const federationEndpoints = [
  endpoint({
    method: "POST",
    path: "/api/v1/federation-rules",
    operation: "createFederationRule",
    summary: "Lets jobs of CI sign in whose id_token has certain claims.",
    tag: "CI",
    access: "signed-in",
    scope: "account",
    body: z.strictObject({
      ...ownerFields,
      name: z.string().min(1).max(64),
      issuer: z.string().max(300),
      claims,
      scopes,
    }),
    creates: true,
    answer: { status: 201, schema: rule },
    run: async ({ context, actor, body }) =>
      describe(await createFederationRule(context.auth, actor, ownerOf(body), body)),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/federation-rules",
    operation: "listFederationRules",
    summary: "Lists the rules for CI, at most a hundred, the oldest first.",
    tag: "CI",
    access: "signed-in",
    scope: "account",
    query: z.strictObject(ownerFields),
    answer: { status: 200, schema: z.object({ rules: z.array(rule) }) },
    run: async ({ context, actor, query }) => {
      const rules = await listFederationRules(context.auth, actor, ownerOf(query));
      return { rules: rules.map(describe) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/api/v1/federation-rules/:id",
    operation: "changeFederationRule",
    summary: "Changes the claims that a rule for CI asks for, or the scopes that it gives.",
    tag: "CI",
    access: "signed-in",
    scope: "account",
    params,
    body: z
      .strictObject({ claims: claims.optional(), scopes: scopes.optional() })
      .refine((change) => Object.keys(change).length > 0, "give claims, scopes or both"),
    answer: { status: 200, schema: rule },
    run: async ({ context, actor, params: { id }, body }) =>
      describe(await changeFederationRule(context.auth, actor, id, body)),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/federation-rules/:id",
    operation: "deleteFederationRule",
    summary: "Deletes a rule for CI: no job signs in by it from now on.",
    tag: "CI",
    access: "signed-in",
    scope: "account",
    params,
    answer: { status: 204 },
    run: async ({ context, actor, params: { id } }) => deleteFederationRule(context.auth, actor, id),
  }),
];

function describe({ createdAt, lastUsedAt, ...rest }: FederationRule) {
  return { ...rest, created_at: createdAt, last_used_at: lastUsedAt };
}
