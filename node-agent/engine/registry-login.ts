import type { IncomingMessage } from "node:http";
import { HubError } from "#shared/errors";
import { type Credential, credentialFromHeader } from "../images/index.ts";

/** Who the client says it is, to a registry. @throws HubError `invalid`. */
export function credentialOf(request: IncomingMessage): Credential {
  const header = request.headers["x-registry-auth"];
  return credentialFromHeader(Array.isArray(header) ? header[0] : header);
}

/** Docker's answer where a registry wants another login: with 401, its command would ask for a password. */
export function refusal(error: unknown): unknown {
  if (!(error instanceof HubError) || (error.kind !== "unauthenticated" && error.kind !== "denied"))
    return error;
  return new HubError("not-found", error.message, { cause: error });
}
