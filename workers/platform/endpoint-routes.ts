import type { Context as HonoContext, Hono } from "hono";
import type { z } from "zod";
import { HubError } from "../shared/errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { once, readKey, render, type KeptAnswer, type KeptAnswers } from "./idempotency.ts";
import { nextPageLink, readPage, type Page } from "./pagination.ts";
import { bodyType, check, parseJson, readQuery, readTextAs } from "./validate.ts";

/** What the endpoints run in: made by whoever puts the API together. */
export interface EndpointHost<Bindings, Context, Actor, Access extends string, Scope extends string> {
  contextOf: (bindings: Bindings) => Context;
  /** Who sends a request, when they may call this endpoint at all. @throws HubError `unauthenticated`, `denied`. */
  actorOf: (
    context: Context,
    request: Request,
    endpoint: Endpoint<Context, Actor, Access, Scope>,
  ) => Promise<Actor>;
  answersOf: (context: Context) => KeptAnswers;
  /** Names the credential of an actor: idempotency keys are its own. undefined: has none, and so no keys. */
  subjectOf: (actor: Actor) => string | undefined;
}

/**
 * Mounts endpoints on a Hono app: each path with its methods; 405 with `Allow` for any other method of a path that is there. Errors are
 * thrown to the app. Mounted in an order in which no path hides another.
 */
export function mountEndpoints<
  Bindings extends object,
  Context,
  Actor,
  Access extends string,
  Scope extends string,
>(
  app: Hono<{ Bindings: Bindings }>,
  endpoints: readonly Endpoint<Context, Actor, Access, Scope>[],
  host: EndpointHost<Bindings, Context, Actor, Access, Scope>,
): void {
  const paths = Map.groupBy(endpoints, ({ path }) => path);
  const byPrecision = [...paths].toSorted(([a], [b]) => (precisionOf(a) < precisionOf(b) ? -1 : 1));
  for (const [path, atPath] of byPrecision) {
    const methods = atPath.map(({ method }) => method);
    for (const endpoint of atPath) app.on(endpoint.method, routePath(path), (c) => answer(c, endpoint, host));
    app.all(routePath(path), (c) => {
      throw new WrongMethod(c.req.method, methods);
    });
  }
}

async function answer<Bindings extends object, Context, Actor, Access extends string, Scope extends string>(
  c: HonoContext<{ Bindings: Bindings }>,
  endpoint: Endpoint<Context, Actor, Access, Scope>,
  host: EndpointHost<Bindings, Context, Actor, Access, Scope>,
): Promise<Response> {
  const context = host.contextOf(c.env);
  const request = c.req.raw;
  const actor = await host.actorOf(context, request, endpoint);
  const params = check("path", endpoint.params, c.req.param());
  const query = readQuery(request, endpoint.query, endpoint.paged === undefined ? [] : ["n", "last"]);
  const url = new URL(request.url);
  const page = readPage(url.searchParams, endpoint.paged);
  const { text, body } = endpoint.body ? await readBody(endpoint, endpoint.body, request) : noBody;

  let next: string | undefined;
  const more = (last: string) => void (next = last);
  const act = async () => endpoint.run({ context, actor, params, query, body, page, more, request });
  const key = endpoint.creates ? readKey(request) : undefined;
  const subject = host.subjectOf(actor);
  if (key !== undefined && subject !== undefined) {
    const route = `${endpoint.method} ${url.pathname}${url.search}`;
    const keyed = { subject, route, key, body: text };
    return once(host.answersOf(context), keyed, async () => shape(endpoint, await act()));
  }
  const result = await act();
  if ("stream" in endpoint.answer)
    return new Response(result as ReadableStream<Uint8Array>, {
      headers: { "Cache-Control": "no-store", "Content-Type": endpoint.answer.stream },
    });
  return render(shape(endpoint, result), linkTo(url, page, next));
}

const noBody = { text: "", body: {} };

/** A body as it came, and what it says. */
async function readBody(
  { textBody, maximumBody }: Pick<Endpoint<never>, "textBody" | "maximumBody">,
  schema: z.ZodObject,
  request: Request,
): Promise<{ text: string; body: object }> {
  if (textBody && bodyType(request) === textBody.type) {
    const text = await readTextAs(request, textBody.type, maximumBody);
    return { text, body: check("body", schema, { [textBody.field]: text }) };
  }
  const text = await readTextAs(request, "application/json", maximumBody);
  return { text, body: parseJson(text, schema) };
}

/** What leaves the hub of a result: what the schema names. @throws Error when the result is not what was declared. */
function shape({ answer }: Pick<Endpoint<never>, "answer">, result: unknown): KeptAnswer {
  const body = "schema" in answer ? JSON.stringify(answer.schema.parse(result)) : "";
  return { status: answer.status, body };
}

function linkTo(url: URL, page: Page, next: string | undefined): Record<string, string> {
  return next === undefined ? {} : { Link: nextPageLink(url, page, next) };
}

/** `{.+}` as a pattern that ends before a part that begins with `-`: `/repositories/a/b/-/tags/c` is a tag of `a/b` and nothing else. */
function routePath(path: string): string {
  return path.replaceAll("{.+}", "{[^/]+(?:/[^/-][^/]*)*}");
}

/** Sorts fixed parts before parameters: of two paths that match an address, the one that says more of it comes first. */
function precisionOf(path: string): string {
  return path
    .split("/")
    .map((part) => (part.startsWith(":") ? "1" : "0"))
    .join("");
}

class WrongMethod extends HubError {
  readonly headers: Record<string, string>;

  constructor(method: string, allowed: readonly string[]) {
    const all = [...new Set(allowed.flatMap((each) => (each === "GET" ? ["GET", "HEAD"] : [each])))];
    super("unsupported", `${method} is nothing that can be done here; try ${all.join(" or ")}`);
    this.headers = { Allow: all.join(", ") };
  }
}
