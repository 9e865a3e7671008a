import { ChallengeError, type Principal } from "../auth/index.ts";
import type { DockerHubContext } from "./context.ts";
import { timeText } from "./repository-shapes.ts";

/** `/v2/user`: who is logged in. @throws ChallengeError to nobody. */
export async function describeCaller(
  { auth: { db } }: DockerHubContext,
  principal: Principal,
): Promise<object> {
  if (principal.kind === "anonymous")
    throw new ChallengeError("nobody is logged in; log in with an access token first", "Bearer");
  const row =
    principal.kind === "user"
      ? await db.query
          .selectFrom("users")
          .select("created_at")
          .where("id", "=", principal.id)
          .executeTakeFirst()
      : undefined;
  return {
    id: principal.kind === "user" ? principal.id : principal.token.id,
    username: principal.name,
    full_name: "",
    location: "",
    company: "",
    gravatar_email: "",
    gravatar_url: "",
    profile_url: "",
    is_staff: false,
    is_admin: principal.kind === "user" && principal.administrator,
    date_joined: row ? timeText(row.created_at) : null,
    type: "User",
  };
}
