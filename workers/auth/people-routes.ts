import { Hono } from "hono";
import { z } from "zod";
import { renderProblem } from "../platform/http-errors.ts";
import { readJson, readQuery } from "../platform/validate.ts";
import type { UsersTable } from "../db/index.ts";
import { HubError } from "../shared/errors.ts";
import { scopes, type User } from "./access.ts";
import { createAccessToken, listAccessTokens, revokeAccessToken, type AccessToken } from "./access-tokens.ts";
import { createUser, deleteUser, findUser, listUsers, maximumUserNameLength } from "./accounts.ts";
import type { AuthContext } from "./context.ts";
import { requirePrincipal } from "./credentials.ts";
import { everyRepository } from "./patterns.ts";
import type { AuthEnv } from "./request.ts";

const userName = z.string().min(1).max(maximumUserNameLength);

const newUser = z.strictObject({ name: userName, administrator: z.boolean().default(false) });

const userPage = z.strictObject({
  last: z.string().max(maximumUserNameLength).default(""),
  n: z.coerce.number().int().min(1).max(100).default(100),
});

const newToken = z.strictObject({
  name: z.string().trim().min(1).max(100),
  /** Whose token it becomes; one's own without it. */
  user: userName.optional(),
  scopes: z.array(z.enum(scopes)).min(1).max(scopes.length),
  repositories: z.string().default(everyRepository),
  expires_at: z.iso.datetime({ offset: true }).nullable().default(null),
});

const tokenOwner = z.strictObject({ user: userName.optional() });

/** `/api/v1`: oneself, users and access tokens. */
export const peopleRoutes = new Hono<AuthEnv>();

// `/users/*` is `/users` too.
for (const path of ["/me", "/users/*", "/tokens/*"])
  peopleRoutes.use(path, async (c, next) => {
    c.set("user", await requirePrincipal(c.get("auth"), c.req.raw));
    await next();
    c.header("Cache-Control", "no-store");
  });

peopleRoutes.get("/me", (c) => {
  const { id, name, administrator, token } = c.get("user");
  const { expiresAt, ...limits } = token;
  return c.json({ id, name, administrator, token: { ...limits, expires_at: time(expiresAt) } });
});

peopleRoutes.post("/users", async (c) => {
  requireAdministrator(c.get("user"));
  const user = await createUser(c.get("auth"), await readJson(c.req.raw, newUser));
  return c.json(describeUser(user), 201);
});

peopleRoutes.get("/users", async (c) => {
  requireAdministrator(c.get("user"));
  const { last, n } = readQuery(c.req.raw, userPage);
  const users = await listUsers(c.get("auth"), { last, limit: n });
  return c.json({ users: users.map(describeUser) });
});

peopleRoutes.delete("/users/:name", async (c) => {
  const user = requireAdministrator(c.get("user"));
  const name = c.req.param("name");
  if (name.toLowerCase() === user.name)
    throw new HubError("conflict", "you cannot delete yourself; another administrator can");
  await deleteUser(c.get("auth"), name);
  return c.body(null, 204);
});

peopleRoutes.post("/tokens", async (c) => {
  const creator = requireAdminScope(c.get("user"));
  const { user: owner, expires_at, ...wanted } = await readJson(c.req.raw, newToken);
  const ownerId = await ownerOf(c.get("auth"), creator, owner);
  const { text, ...token } = await createAccessToken(c.get("auth"), creator, ownerId, {
    ...wanted,
    expiresAt: expires_at === null ? null : Date.parse(expires_at),
  });
  return c.json({ ...describeToken(token), token: text }, 201);
});

peopleRoutes.get("/tokens", async (c) => {
  const user = requireAdminScope(c.get("user"));
  const tokens = await listAccessTokens(
    c.get("auth"),
    await ownerOf(c.get("auth"), user, readQuery(c.req.raw, tokenOwner).user),
  );
  return c.json({ tokens: tokens.map(describeToken) });
});

/** Everybody may revoke the very token they send, whatever its scopes: it is what one does with one that leaked. */
peopleRoutes.delete("/tokens/:id", async (c) => {
  const user = c.get("user");
  const id = c.req.param("id");
  if (id !== user.token.id) requireAdminScope(user);
  await revokeAccessToken(c.get("auth"), id, user.administrator ? undefined : user.id);
  return c.body(null, 204);
});

peopleRoutes.onError((error, c) => renderProblem(error, c.req.raw));

/** Somebody else's tokens are for administrators. The refusal comes before the look-up: it tells nobody which users there are. */
async function ownerOf(auth: AuthContext, user: User, owner: string | undefined): Promise<string> {
  if (owner === undefined || owner.toLowerCase() === user.name) return user.id;
  requireAdministrator(user);
  return (await findUser(auth, owner)).id;
}

function requireAdministrator(user: User): User {
  if (!user.administrator)
    throw new HubError("denied", `this is for administrators, and ${user.name} is none`);
  return requireAdminScope(user);
}

function requireAdminScope(user: User): User {
  if (!user.token.scopes.includes("admin"))
    throw new HubError(
      "denied",
      `the access token "${user.token.name}" lacks the scope "admin"; use one that has it`,
    );
  return user;
}

function describeUser(user: UsersTable) {
  return {
    id: user.id,
    name: user.name,
    administrator: user.administrator === 1,
    created_at: time(user.created_at),
  };
}

function describeToken({ createdAt, expiresAt, lastUsedAt, ...token }: AccessToken) {
  return {
    ...token,
    created_at: time(createdAt),
    expires_at: time(expiresAt),
    last_used_at: time(lastUsedAt),
  };
}

function time(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}
