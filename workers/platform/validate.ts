import type { MiddlewareHandler } from "hono";
import { bodyLimit } from "hono/body-limit";
import { validator } from "hono/validator";
import type { z } from "zod";
import { HubError } from "../shared/errors.ts";

/** Far more than any of the API's documents needs, in bytes. */
const maximumBody = 64 * 1024;

/** Refuses a larger body before it has been read. For routes that take a JSON document or a form. */
export const smallBody: MiddlewareHandler = bodyLimit({
  maxSize: maximumBody,
  onError: () => {
    throw new HubError(
      "too-large",
      `the body is larger than ${maximumBody} bytes, which is more than this takes`,
    );
  },
});

/**
 * Checks a JSON body against a schema, for `c.req.valid("json")`. Schemas are strict objects: an unknown field is refused, not
 * dropped, so that a misspelt or smuggled one is noticed.
 *
 * Throws HubError `invalid`; `detail.issues` has one `{ field, problem }` for each thing that is wrong.
 */
export function validateJson<Schema extends z.ZodObject>(schema: Schema) {
  return validator("json", (value: unknown, c): z.output<Schema> => {
    if (!/^application\/json\b/i.test(c.req.header("Content-Type") ?? ""))
      throw new HubError("invalid", "the body has to be JSON; send it with `Content-Type: application/json`");
    return check("body", schema, value);
  });
}

/** The same for the query, for `c.req.valid("query")`. */
export function validateQuery<Schema extends z.ZodObject>(schema: Schema) {
  return validator("query", (value: unknown): z.output<Schema> => check("query", schema, value));
}

function check<Schema extends z.ZodObject>(what: string, schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    field: issue.path.join("."),
    problem: issue.message,
  }));
  const said = issues.map(({ field, problem }) => (field ? `${field}: ${problem}` : problem)).join("; ");
  throw new HubError("invalid", `the ${what} is not valid: ${said}`, { detail: { issues } });
}
