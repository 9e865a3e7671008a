import { z } from "zod";
import type { AuthContext } from "./context.ts";
import { endpointWith } from "./endpoint.ts";
import { explain } from "./explain.ts";
import { repositoryActions } from "./scopes.ts";

const endpoint = endpointWith<{ auth: AuthContext }>();

const role = z.enum(["read", "triage", "write", "admin"]);

/** Why may X do, or not do, Y to Z. */
export const explainEndpoints = [
  endpoint({
    method: "GET",
    path: "/api/v1/repositories/:name{.+}/-/explain",
    operation: "explainRight",
    summary:
      "Says why somebody may, or may not, do something to a repository: oneself, or others for who administers it.",
    tag: "Repositories",
    access: "anybody",
    params: z.strictObject({ name: z.string() }),
    query: z.strictObject({
      user: z.string().max(64).optional(),
      robot: z.string().max(130).optional().meta({ description: "As it signs in: <namespace>+<name>." }),
      action: z.enum(repositoryActions).default("pull"),
    }),
    answer: {
      status: 200,
      schema: z.object({
        repository: z.string(),
        who: z.string().nullable().meta({ description: "null: whoever is not signed in." }),
        action: z.enum(repositoryActions),
        allow: z.boolean(),
        reason: z.string().nullable(),
        sentence: z.string(),
        organization_role: z.enum(["owner", "maintainer", "member", "guest"]).nullable(),
        sources: z
          .array(z.object({ role, type: z.string(), from: z.string() }))
          .meta({ description: "Every role somebody has there; tokens and policies take away from them." }),
      }),
    },
    run: async ({ context, actor, params, query }) => {
      const { action, ...of } = query;
      const explanation = await explain(context.auth, actor, params.name, of, action);
      return {
        ...explanation,
        who: explanation.who ?? null,
        reason: explanation.reason ?? null,
        organization_role: explanation.organizationRole ?? null,
      };
    },
  }),
];
