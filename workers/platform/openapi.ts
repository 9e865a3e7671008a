import { z } from "zod";
import { pathParams, type Endpoint } from "./endpoint.ts";
import { keyHeader } from "./idempotency.ts";

/** What the document says besides the endpoints. */
export interface ApiFacts<Access extends string> {
  title: string;
  version: string;
  description: string;
  /** Completes "For …" for each way of access. */
  access: Readonly<Record<Access, string>>;
  /** Ways of access that need no credentials. */
  open: readonly Access[];
}

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of these endpoints, from the very schemas that check their requests and shape their answers. */
export function openApiDocument<Context, Access extends string>(
  endpoints: readonly Endpoint<Context, never, Access>[],
  { title, version, description, access, open }: ApiFacts<Access>,
): Json {
  const paths: Record<string, Json> = {};
  for (const endpoint of endpoints) {
    const path = (paths[pathTemplate(endpoint.path)] ??= {});
    path[endpoint.method.toLowerCase()] = operation(endpoint, access[endpoint.access], open);
  }
  return {
    openapi: "3.1.0",
    info: { title, version, description },
    servers: [{ url: "/" }],
    tags: [...new Set(endpoints.map(({ tag }) => tag))].map((name) => ({ name })),
    paths,
    components: {
      schemas: { Problem: schemaOf(problem, "output") },
      responses: { Problem: problemResponse },
      securitySchemes: {
        bearer: { type: "http", scheme: "bearer", description: "An access token." },
        basic: {
          type: "http",
          scheme: "basic",
          description: "A user name, with an access token as the password.",
        },
      },
    },
  };
}

/** Problem details (RFC 9457), as http-errors.ts writes them. */
const problem = z.looseObject({
  title: z.string(),
  status: z.int(),
  detail: z.string().meta({ description: "What is wrong, with which value, and what to do." }),
  issues: z.array(z.object({ field: z.string(), problem: z.string() })).optional(),
  request_id: z.string().optional(),
});

const problemResponse = {
  description: "What went wrong.",
  content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
};

function operation<Access extends string>(
  endpoint: Endpoint<never, never, Access>,
  callers: string,
  open: readonly Access[],
): Json {
  const { operation: operationId, summary, tag, scope, body, textBody, answer } = endpoint;
  const needs = scope === undefined ? "" : ` An access token needs the scope \`${scope}\`.`;
  const parameters = [
    ...pathParameters(endpoint),
    ...queryParameters(endpoint),
    ...headerParameters(endpoint),
  ];
  const security = [{ bearer: [] }, { basic: [] }];
  return {
    operationId,
    summary,
    description: `For ${callers}.${needs}`,
    tags: [tag],
    security: open.includes(endpoint.access) ? [{}, ...security] : security,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body
      ? {
          requestBody: {
            required: true,
            content: {
              "application/json": { schema: schemaOf(body, "input") },
              ...(textBody ? { [textBody.type]: { schema: { type: "string" } } } : {}),
            },
          },
        }
      : {}),
    responses: {
      [answer.status]: successResponse(endpoint),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function pathParameters({ path, params }: Endpoint<never, never>): Json[] {
  return pathParams(path).map((name) => ({
    name,
    in: "path",
    required: true,
    schema: schemaOf(field(params, name), "input"),
  }));
}

function queryParameters({ query, paged }: Endpoint<never, never>): Json[] {
  const own = Object.keys(query.shape).map((name) => {
    const schema = field(query, name);
    return {
      name,
      in: "query",
      required: !schema.safeParse(undefined).success,
      schema: schemaOf(schema, "input"),
    };
  });
  return paged === undefined ? own : [...own, ...pageParameters(paged)];
}

function pageParameters(size: number): Json[] {
  return [
    {
      name: "n",
      in: "query",
      required: false,
      description: "How many entries, at most.",
      schema: { type: "integer", minimum: 0, maximum: 0x7fff_ffff, default: size },
    },
    {
      name: "last",
      in: "query",
      required: false,
      description: "Entries behind this one. Comes from the Link header of the page before.",
      schema: { type: "string", maxLength: 1000 },
    },
  ];
}

function headerParameters({ creates }: Endpoint<never, never>): Json[] {
  if (!creates) return [];
  return [
    {
      name: keyHeader,
      in: "header",
      required: false,
      description:
        "Repetitions with the same key get the first answer, for 24 hours; nothing is created twice.",
      schema: { type: "string", pattern: "^[!-~]{1,255}$" },
    },
  ];
}

function successResponse({ answer, paged, summary }: Endpoint<never, never>): Json {
  if ("stream" in answer) return { description: summary, content: { [answer.stream]: {} } };
  if (!("schema" in answer)) return { description: "Done." };
  const link = { description: "The next page, if there is one (RFC 8288).", schema: { type: "string" } };
  return {
    description: summary,
    ...(paged === undefined ? {} : { headers: { Link: link } }),
    content: { "application/json": { schema: schemaOf(answer.schema, "output") } },
  };
}

function field(object: z.ZodObject, name: string): z.ZodType {
  return object.shape[name] as z.ZodType;
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, reused: "inline" });
  return rest;
}

/** `/a/:b{.+}` as `/a/{b}`. */
function pathTemplate(path: string): string {
  return path.replaceAll(/:(\w+)(\{[^}]*\})?/g, "{$1}");
}
