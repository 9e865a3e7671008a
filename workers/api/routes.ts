import { Hono } from "hono";
import {
  admit,
  callers,
  credentialOf,
  openCallers,
  type ApiEndpoint,
  type AuthContext,
} from "../auth/index.ts";
import { mountEndpoints } from "../platform/endpoint-routes.ts";
import { renderProblem } from "../platform/http-errors.ts";
import { openApiDocument } from "../platform/openapi.ts";
import { digestOf } from "../shared/digest.ts";
import { HubError } from "../shared/errors.ts";
import { keptAnswers } from "./kept-answers.ts";

/**
 * The JSON API: every endpoint, the document that describes them, and a problem for what is not there.
 *
 * @param resolve what the bindings of this environment were made into.
 */
export function apiRoutes<Bindings extends object, Context extends { auth: AuthContext }>(
  resolve: (env: Bindings) => Context,
  endpoints: readonly ApiEndpoint<Context>[],
): Hono<{ Bindings: Bindings }> {
  const routes = new Hono<{ Bindings: Bindings }>();
  const document = describe(endpoints);
  routes.get("/api/openapi.json", async ({ req }) => answerDocument(await document(), req.raw));
  mountEndpoints(routes, endpoints, {
    contextOf: resolve,
    actorOf: ({ auth }, request, endpoint) => admit(auth, request, endpoint),
    answersOf: ({ auth }) => keptAnswers(auth),
    subjectOf: credentialOf,
  });
  for (const path of ["/api", "/api/*"])
    routes.all(path, (c) => {
      throw new HubError(
        "not-found",
        `there is nothing at ${c.req.path.slice(0, 200)}; /api/openapi.json describes the API`,
      );
    });
  routes.onError((error, c) => renderProblem(error, c.req.raw));
  return routes;
}

interface Described {
  text: string;
  etag: string;
}

/** Made at the first request for it. */
function describe<Context>(endpoints: readonly ApiEndpoint<Context>[]): () => Promise<Described> {
  let made: Promise<Described> | undefined;
  const make = async () => {
    const text = JSON.stringify(openApiDocument(endpoints, { ...facts, access: callers, open: openCallers }));
    return { text, etag: `"${await digestOf(new TextEncoder().encode(text))}"` };
  };
  return () => (made ??= make());
}

const facts = {
  title: "Wherry",
  version: "1",
  description:
    "Repositories, people, organizations and their rights. What a caller may not see is answered as if it were not there. Errors are problem details (RFC 9457). Lists come in pages; the Link header leads to the next one.",
};

function answerDocument({ text, etag }: Described, request: Request): Response {
  const headers = { ETag: etag, "Cache-Control": "public, max-age=300" };
  const known = request.headers.get("If-None-Match")?.split(/\s*,\s*/) ?? [];
  if (known.some((each) => each.replace(/^W\//, "") === etag))
    return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, "Content-Type": "application/json" } });
}
