import { z } from "zod";
import type { apiEndpoints } from "../../../../workers/app.ts";
import type { Scene, Sent } from "./scene.ts";

export type Endpoint = (typeof apiEndpoints)[number];

/** How a test names an endpoint. */
export function titleOf({ method, path }: Endpoint): string {
  return `${method} ${path}`;
}

/** A request to an endpoint that succeeds for whoever may make it, about the things of a scene and of the actor. */
export function goodRequest(endpoint: Endpoint, scene: Scene, actor: string): Sent {
  const { method, body } = endpoint;
  return {
    method,
    path:
      pathOf(endpoint, (name, part) => thing(endpoint, scene, actor, name, part)) +
      goodQuery(endpoint, scene),
    ...(body ? { body: goodBody(endpoint, scene) } : {}),
  };
}

/** The path of an endpoint with its parameters filled in. @param fill gets the name, and the part of the path as it is declared. */
export function pathOf({ path }: Endpoint, fill: (name: string, place: string) => string): string {
  const fillPart = (part: string) =>
    fill(part.slice(1).replace("{.+}", ""), part).split("/").map(encodeURIComponent).join("/");
  return path
    .split("/")
    .map((part) => (part.startsWith(":") ? fillPart(part) : part))
    .join("/");
}

/** What parameters of this name stand for behind this part of a path. */
const thingsIn: Record<string, string> = {
  "tokens/:id": "token",
  "robots/:id": "token",
  "default-rules/:id": "rule",
  "invitations/:id": "invitation",
  "federation-rules/:id": "federationRule",
  "old-names/:name": "oldName",
  "old-names/:name{.+}": "oldRepository",
  "collaborators/:user": "collaborator",
  "images/:reference": "tag",
  "badges/:namespace": "organization",
};

function thing({ path }: Endpoint, scene: Scene, actor: string, name: string, part: string): string {
  const parts = path.split("/");
  const place = `${parts[parts.indexOf(part) - 1]}/${part}`;
  if (place === "sessions/:session") return scene.sessionOf(actor);
  const found = scene.things[thingsIn[place] ?? name];
  if (found === undefined)
    throw new Error(
      `${path}: the scene has nothing for "${place}"; add it to scene.ts and to thingsIn in requests.ts`,
    );
  return found;
}

interface Example {
  query?: (scene: Scene) => Record<string, string>;
  body?: (scene: Scene) => unknown;
}

/** Where values made from the schema and the names of its fields do not do. */
const examples: Record<string, Example> = {
  createRepository: { body: ({ things }) => ({ name: `${things["organization"]}/new` }) },
  // A robot's and not one's own, so that the organization decides.
  createToken: {
    body: (scene) => ({
      ...ofOrganization(scene),
      kind: "robot",
      name: "deploy",
      scopes: ["repository:**:pull"],
    }),
  },
  listTokens: { query: (scene) => ({ ...ofOrganization(scene), kind: "robot" }) },
  createFederationRule: {
    body: (scene) => ({
      ...ofOrganization(scene),
      name: "releases",
      issuer: "https://token.actions.githubusercontent.com",
      claims: { repository: "acme/web" },
      ...pullingThere(scene),
    }),
  },
  changeToken: { body: () => ({ expires_at: "2099-01-01T00:00:00Z" }) },
  changeFederationRule: { body: pullingThere },
  renameRepository: { body: ({ things }) => ({ name: `${things["organization"]}/renamed` }) },
  inviteByLink: { body: () => ({ role: "member", maximum_uses: 1 }) },
  listFederationRules: { query: ofOrganization },
  addDefaultRule: { body: ({ things }) => ({ team: things["team"], role: "triage" }) },
  lookAtInvitation: { body: secretOfInvitation },
  acceptInvitation: { body: secretOfInvitation },
  declineInvitation: { body: secretOfInvitation },
  compareImages: { query: () => ({ from: "v1", to: "v1" }) },
  setFeatured: { body: () => ({ repositories: [] }) },
};

function ofOrganization({ things }: Scene): { organization: string } {
  return { organization: things["organization"] ?? "" };
}

function pullingThere({ things }: Scene): { scopes: string[] } {
  return { scopes: [`repository:${things["organization"]}/**:pull`] };
}

function secretOfInvitation({ things }: Scene): unknown {
  return { secret: things["invitationSecret"] };
}

function goodQuery({ operation, query }: Endpoint, scene: Scene): string {
  const own = examples[operation]?.query?.(scene);
  if (own) return `?${new URLSearchParams(own).toString()}`;
  const required = Object.entries(query.shape).filter(
    ([, schema]) => !(schema as z.ZodType).safeParse(undefined).success,
  );
  if (required.length === 0) return "";
  return `?${new URLSearchParams(required.map(([name]) => [name, scene.things[name] ?? name])).toString()}`;
}

function goodBody({ operation, body }: Endpoint, scene: Scene): unknown {
  const own = examples[operation]?.body?.(scene);
  if (own !== undefined || !body) return own;
  const schema = z.toJSONSchema(body, { io: "input" }) as JsonSchema;
  // A change of nothing is often refused: so something.
  const needed = schema.required?.length
    ? schema
    : { ...schema, required: Object.keys(schema.properties ?? {}).slice(0, 1) };
  return exampleOf(needed, "", scene);
}

interface JsonSchema {
  type?: string;
  enum?: unknown[];
  const?: unknown;
  anyOf?: JsonSchema[];
  format?: string;
  minimum?: number;
  required?: string[];
  properties?: Record<string, JsonSchema>;
  additionalProperties?: boolean | JsonSchema;
  items?: JsonSchema;
}

/** A value that fits a schema, and the name of its field. */
function exampleOf(schema: JsonSchema, field: string, scene: Scene): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [either] = schema.anyOf ?? [];
  if (either) return exampleOf(either, field, scene);
  switch (schema.type) {
    case "object": {
      const names = schema.required ?? [];
      return Object.fromEntries(
        names.map((name) => [name, exampleOf(schema.properties?.[name] ?? {}, name, scene)]),
      );
    }
    case "array":
      return [exampleOf(schema.items ?? {}, field, scene)];
    case "boolean":
      return true;
    case "integer":
    case "number":
      return Math.max(1, schema.minimum ?? 1);
    default:
      return exampleText(schema, field, scene);
  }
}

function exampleText({ format }: JsonSchema, field: string, scene: Scene): string {
  if (format === "date-time") return "2099-01-01T00:00:00Z";
  if (format === "uri") return "https://issuer.example";
  if (/e?mails?$/.test(field)) return `${scene.name("somebody")}@example.com`;
  if (field === "scopes") return "repository:**:pull";
  if (field === "user") return scene.name("newcomer");
  if (field === "visibility") return "public";
  return scene.things[field] !== undefined && field !== "name"
    ? (scene.things[field] ?? "")
    : scene.name(`new-${field}`);
}
