import { describeProblem, headersOf, logFailure } from "../platform/http-errors.ts";

/**
 * Anything thrown, the way clients of Docker Hub read it: some print `message`, others `detail`, and all take nothing but texts. A 5xx is
 * logged with the id that the answer carries.
 */
export function renderHubError(error: unknown, request: Request): Response {
  const { status, detail } = describeProblem(error);
  const headers = new Headers({ ...headersOf(error), "Cache-Control": "no-store" });
  if (status >= 500) headers.set("X-Request-Id", logFailure(error, request));
  return Response.json({ message: detail, detail }, { status, headers });
}
