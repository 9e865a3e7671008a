import { z } from "zod";
import type { Row } from "../db/index.ts";
import { timeField } from "../platform/endpoint-fields.ts";
import type { SignedIn } from "./access.ts";
import { createUser, deleteUser, listUsers, maximumUserNameLength, setAdministrator } from "./accounts.ts";
import type { AuthContext } from "./context.ts";
import { endpointWith } from "./endpoint.ts";

const endpoint = endpointWith<{ auth: AuthContext }>();

const user = z.object({
  id: z.string(),
  name: z.string(),
  administrator: z.boolean(),
  created_at: timeField,
});

const me = z.object({
  kind: z.enum(["user", "machine"]),
  /** Of a user. */
  id: z.string().optional(),
  name: z.string(),
  administrator: z.boolean(),
  email_verified: z.boolean().optional(),
  two_factor: z.boolean().optional(),
  /** In whose namespace a machine works. */
  owner: z.object({ kind: z.enum(["user", "organization"]), name: z.string() }).optional(),
  token: z
    .object({
      id: z.string(),
      kind: z.string(),
      name: z.string(),
      scopes: z.array(z.string()),
      expires_at: timeField.nullable(),
    })
    .optional(),
});

/** `/api/v1`: oneself, and the users of the hub. */
export const peopleEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/me",
    operation: "getMe",
    summary: "Tells who the credentials belong to and what they are for.",
    tag: "Account",
    access: "signed-in",
    answer: { status: 200, schema: me },
    run: ({ actor }) => describeMe(actor),
  }),
  endpoint({
    method: "POST",
    path: "/api/v1/users",
    operation: "createUser",
    summary: "Makes a user without an e-mail address, whom the administrator vouches for.",
    tag: "Users",
    access: "administrator",
    scope: "administration",
    body: z.strictObject({
      name: z.string().min(1).max(maximumUserNameLength),
      administrator: z.boolean().default(false),
    }),
    creates: true,
    answer: { status: 201, schema: user },
    run: async ({ context, actor, body }) => describeUser(await createUser(context.auth, actor, body)),
  }),
  endpoint({
    method: "GET",
    path: "/api/v1/users",
    operation: "listUsers",
    summary: "Lists the users by name.",
    tag: "Users",
    access: "administrator",
    scope: "administration",
    query: z.strictObject({
      /** The beginning of a name, or a whole e-mail address. */
      search: z.string().max(300).optional(),
    }),
    paged: 100,
    answer: { status: 200, schema: z.object({ users: z.array(user) }) },
    run: async ({ context, actor, query, page, more }) => {
      const { users, next } = await listUsers(context.auth, actor, page, query);
      if (next !== undefined) more(next);
      return { users: users.map(describeUser) };
    },
  }),
  endpoint({
    method: "PATCH",
    path: "/api/v1/users/:user",
    operation: "changeUser",
    summary: "Makes a user an administrator of the hub, or takes that away.",
    tag: "Users",
    access: "administrator",
    scope: "administration",
    params: z.strictObject({ user: z.string() }),
    body: z.strictObject({ administrator: z.boolean() }),
    answer: { status: 200, schema: user },
    run: async ({ context, actor, params, body }) =>
      describeUser(await setAdministrator(context.auth, actor, params.user, body.administrator)),
  }),
  endpoint({
    method: "DELETE",
    path: "/api/v1/users/:user",
    operation: "deleteUser",
    summary: "Deletes a user whose namespace holds no repositories.",
    tag: "Users",
    access: "administrator",
    scope: "administration",
    params: z.strictObject({ user: z.string() }),
    answer: { status: 204 },
    run: async ({ context, actor, params }) => deleteUser(context.auth, actor, params.user),
  }),
];

function describeUser({ administrator, ...row }: Row<"users">) {
  return { ...row, administrator: administrator === 1 };
}

function describeMe(actor: SignedIn): z.input<typeof me> {
  const { kind, name, token } = actor;
  const shown = token && { ...token, scopes: [...token.scopes.texts], expires_at: token.expiresAt };
  if (actor.kind === "machine") return { kind, name, administrator: false, owner: actor.owner, token: shown };
  const { id, administrator, emailVerified, twoFactor } = actor;
  return {
    kind,
    id,
    name,
    administrator,
    email_verified: emailVerified,
    two_factor: twoFactor,
    token: shown,
  };
}
