import { HubError, type ErrorKind } from "../shared/errors.ts";
import { describeError, log } from "./log.ts";

/** The status of each kind of error, on every surface but `/v2`. */
const problems: Record<ErrorKind, { status: number; title: string }> = {
  invalid: { status: 400, title: "Invalid request" },
  unauthenticated: { status: 401, title: "Authentication required" },
  denied: { status: 403, title: "Not allowed" },
  "not-found": { status: 404, title: "Not found" },
  unsupported: { status: 405, title: "Not supported" },
  conflict: { status: 409, title: "Conflict" },
  "too-large": { status: 413, title: "Too large" },
  range: { status: 416, title: "Range not satisfiable" },
  "too-many": { status: 429, title: "Too many requests" },
  unavailable: { status: 503, title: "Unavailable" },
};

export function statusOf(kind: ErrorKind): number {
  return problems[kind].status;
}

/** What anything thrown is called. What nobody foresaw is a 500 that says nothing of the inside. */
export function describeProblem(error: unknown): { status: number; title: string; detail: string } {
  if (error instanceof HubError) return { ...problems[error.kind], detail: error.message };
  const detail = "the hub failed; try again, and tell the operator the request id if it stays so";
  return { status: 500, title: "Internal error", detail };
}

/**
 * Anything thrown, as problem details (RFC 9457). The facts of a HubError become members of their own. A 5xx is logged with the id that
 * the answer carries.
 */
export function renderProblem(error: unknown, request: Request): Response {
  const described = describeProblem(error);
  const { status } = described;
  const body = { ...(error instanceof HubError ? error.detail : undefined), ...described };
  const headers = {
    ...headersOf(error),
    "Cache-Control": "no-store",
    "Content-Type": "application/problem+json",
  };
  if (status < 500) return new Response(JSON.stringify(body), { status, headers });

  const id = logFailure(error, request);
  return new Response(JSON.stringify({ ...body, request_id: id }), {
    status,
    headers: { ...headers, "X-Request-Id": id },
  });
}

/** Logs what made a request fail with 5xx. @returns the request id, for the answer. */
export function logFailure(error: unknown, request: Request): string {
  const id = crypto.randomUUID();
  const { pathname } = new URL(request.url);
  log("error", "request failed", { id, method: request.method, path: pathname, ...describeError(error) });
  return id;
}

/** Headers that an error brings, such as a challenge. */
export function headersOf(error: unknown): Record<string, string> {
  return error instanceof HubError && "headers" in error ? (error.headers as Record<string, string>) : {};
}
