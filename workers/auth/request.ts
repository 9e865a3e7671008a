import type { AuthContext } from "./context.ts";

/** What travels with a request through the routes of this domain. */
export interface AuthEnv {
  Variables: { auth: AuthContext };
}
