import type { ServerResponse } from "node:http";
import { HubError, type ErrorKind } from "#shared/errors";
import { sendJson } from "./call.ts";

const statuses: Readonly<Record<ErrorKind, number>> = {
  invalid: 400,
  unauthenticated: 401,
  denied: 403,
  "not-found": 404,
  conflict: 409,
  "too-large": 413,
  range: 416,
  "too-many": 429,
  unavailable: 500,
  unsupported: 501,
};

/** The sentence for the client. What is no HubError is ours, or the host's. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

export function statusOf(error: unknown): number {
  return error instanceof HubError ? statuses[error.kind] : 500;
}

/** Docker's form of an error; of an answer that has begun, only its end. */
export function sendFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  sendJson(response, { message: messageOf(error) }, statusOf(error));
}
