import { z } from "zod";
import type { Page } from "./pagination.ts";

/**
 * Endpoints of the JSON API. Each is one declaration with everything about it: where it is, who may call it, what it takes, what it
 * gives, and which function of a noun file it calls. The routes (endpoint-routes.ts), the API document (openapi.ts) and the tests of
 * test/workers/api are made from these declarations, so none of them can disagree.
 */
export interface Endpoint<
  Context,
  Actor = unknown,
  Access extends string = string,
  Scope extends string = string,
> {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As Hono reads it: `/api/v1/teams/:team`; `:name{.+}` takes slashes too, up to one before a `-`. */
  path: string;
  /** Its name in the API document and in clients made from it, such as `listTeams`. No other endpoint has it. */
  operation: string;
  /** What it does: a sentence for the API document. */
  summary: string;
  /** Heading it is listed under. */
  tag: string;
  /** Who may call it. */
  access: Access;
  /** What an access token needs for it. */
  scope: Scope | undefined;
  /** Of the path. Always strings; what a look-up decides anyway needs no more than `z.string()`. */
  params: z.ZodObject;
  query: z.ZodObject;
  body: z.ZodObject | undefined;
  /** Bytes that the body may have; undefined: what does for most. */
  maximumBody: number | undefined;
  /** A body of this type is taken in place of JSON: it is the text of that one field. */
  textBody: TextBody | undefined;
  /** It is a list in pages: `n` and `last` in the query, this many entries without `n`. */
  paged: number | undefined;
  /** It takes an Idempotency-Key (idempotency.ts). */
  creates: boolean;
  answer: Answer;
  run: (call: Call<Context, Actor, z.ZodObject, z.ZodObject, z.ZodObject>) => unknown;
}

interface TextBody {
  /** Such as `text/markdown`. */
  type: string;
  field: string;
}

/** A JSON document, of which nothing leaves the hub that its schema does not name; a stream of this media type; or nothing. */
export type Answer =
  | { status: 200 | 201 | 202; schema: z.ZodObject }
  | { status: 200; stream: string }
  | { status: 204 };

/** What an endpoint's `run` gets: everything has been checked against the schemas. */
interface Call<
  Context,
  Actor,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodObject,
> {
  context: Context;
  /** Who sends it. */
  actor: Actor;
  params: z.output<Params>;
  query: z.output<Query>;
  body: z.output<Body>;
  /** Of a list in pages: what is asked for. */
  page: Page;
  /** Says that there are more entries behind this one: the answer links to them. */
  more: (last: string) => void;
  request: Request;
}

type Result<A extends Answer> = A extends { schema: infer Schema extends z.ZodObject }
  ? z.input<Schema>
  : A extends { stream: string }
    ? ReadableStream<Uint8Array>
    : void;

/** What is left out of a declaration has no entries. */
const nothing = z.strictObject({});
type Nothing = typeof nothing;

interface Declaration<
  Context,
  Actors extends Record<string, unknown>,
  Access extends keyof Actors & string,
  Scope extends string,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodObject,
  A extends Answer,
> extends Pick<
  Endpoint<Context, Actors[Access], Access>,
  "method" | "path" | "operation" | "summary" | "tag" | "access"
> {
  scope?: Scope;
  params?: Params;
  query?: Query;
  body?: Body;
  maximumBody?: number;
  textBody?: TextBody;
  paged?: number;
  creates?: true;
  answer: A;
  run: (call: Call<Context, Actors[Access], Params, Query, Body>) => Result<A> | Promise<Result<A>>;
}

/**
 * The function that declares endpoints, for what the endpoints of one domain work with. `Actors` says for each way of access who then
 * calls; whoever mounts the endpoints lets nobody else through (`EndpointHost.actorOf`).
 *
 * It throws an Error when a declaration contradicts itself: params that are not those of the path, objects that are not strict.
 */
export function endpointFor<Context, Actors extends Record<string, unknown>, Scope extends string>() {
  return function endpoint<
    Access extends keyof Actors & string,
    const A extends Answer,
    Params extends z.ZodObject = Nothing,
    Query extends z.ZodObject = Nothing,
    Body extends z.ZodObject = Nothing,
  >(
    declaration: Declaration<Context, Actors, Access, Scope, Params, Query, Body, A>,
  ): Endpoint<Context, Actors[keyof Actors], keyof Actors & string, Scope> {
    const declared = {
      ...declaration,
      scope: declaration.scope,
      params: declaration.params ?? nothing,
      query: declaration.query ?? nothing,
      body: declaration.body,
      maximumBody: declaration.maximumBody,
      textBody: declaration.textBody,
      paged: declaration.paged,
      creates: declaration.creates ?? false,
    } as unknown as Endpoint<Context, Actors[keyof Actors], keyof Actors & string, Scope>;
    refuseContradictions(declared);
    return declared;
  };
}

function refuseContradictions(
  endpoint: Pick<
    Endpoint<never>,
    "method" | "path" | "params" | "query" | "body" | "textBody" | "paged" | "creates"
  >,
): void {
  const { method, path, params, query, body, textBody, paged, creates } = endpoint;
  const wrong = (problem: string) => new Error(`endpoint ${method} ${path}: ${problem}`);
  const named = pathParams(path);
  if (named.toSorted().join() !== Object.keys(params.shape).toSorted().join())
    throw wrong(`the path has "${named.join(", ")}", params has "${Object.keys(params.shape).join(", ")}"`);
  for (const object of [params, query, body])
    if (object && !(object.def.catchall instanceof z.ZodNever)) throw wrong("it takes strict objects only");
  if (paged !== undefined && method !== "GET") throw wrong("only a GET has pages");
  if (creates && method !== "POST") throw wrong("only a POST creates");
  if (textBody && !(body && textBody.field in body.shape))
    throw wrong(`its body has no field "${textBody.field}" that a text could be`);
  if (body && (method === "GET" || method === "DELETE")) throw wrong(`a ${method} has no body`);
}

/** Names of the parameters in a path, in order. */
export function pathParams(path: string): string[] {
  return [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
}
