import type { z } from "zod";
import { HubError } from "../shared/errors.ts";
import { chunksInTime } from "./slow-client.ts";

/** Far more than most documents and forms of the hub need, in bytes. */
const usualMaximum = 64 * 1024;

/** What a body is sent as, in lower case; undefined when the request does not say. */
export function bodyType(request: Request): string | undefined {
  return request.headers.get("Content-Type")?.split(";", 1)[0]?.trim().toLowerCase();
}

/**
 * The text of a body, as it came.
 *
 * @param maximum bytes
 * @throws HubError `invalid` when it is of another type, or does not arrive in time; `too-large`.
 */
export async function readTextAs(request: Request, type: string, maximum = usualMaximum): Promise<string> {
  requireType(request, type);
  return readText(request, maximum);
}

/**
 * A JSON text that fits a schema. Schemas are strict objects: an unknown field is refused, not dropped, so that a misspelt or smuggled
 * one is noticed.
 *
 * @throws HubError `invalid`, with `{ field, problem }` for each thing that is wrong in `detail.issues`.
 */
export function parseJson<Schema extends z.ZodObject>(text: string, schema: Schema): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new HubError("invalid", "the body is not JSON", { cause });
  }
  return check("body", schema, value);
}

/**
 * The query of a request, against a schema as in `parseJson`. A parameter that is given twice is refused.
 *
 * @param besides parameters that are read elsewhere.
 */
export function readQuery<Schema extends z.ZodObject>(
  request: Request,
  schema: Schema,
  besides: readonly string[] = [],
): z.output<Schema> {
  const query = new URL(request.url).searchParams;
  const twice = [...query.keys()].find((name) => query.getAll(name).length > 1);
  if (twice !== undefined)
    throw new HubError("invalid", `the query has "${twice.slice(0, 40)}" more than once; give it once`);
  return check("query", schema, Object.fromEntries([...query].filter(([name]) => !besides.includes(name))));
}

/** A form as a page or an OAuth2 client sends it. @param maximum bytes @throws HubError `invalid`, `too-large`. */
export async function readForm(request: Request, maximum?: number): Promise<URLSearchParams> {
  return new URLSearchParams(await readTextAs(request, "application/x-www-form-urlencoded", maximum));
}

function requireType(request: Request, type: string): void {
  const sent = bodyType(request);
  if (sent !== type)
    throw new HubError(
      "invalid",
      `the body is "${sent?.slice(0, 100) ?? "of no type"}"; send it with \`Content-Type: ${type}\``,
    );
}

/** Stops reading at the limit, whatever length the request claims, and when its time is over. */
async function readText(request: Request, maximum: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of chunksInTime(request.body)) {
    size += chunk.byteLength;
    if (size > maximum)
      throw new HubError(
        "too-large",
        `the body is larger than ${maximum} bytes, which is more than this takes`,
      );
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/**
 * A value that fits a schema.
 *
 * @param what completes "the … is not valid".
 * @throws HubError `invalid`, as in `parseJson`.
 */
export function check<Schema extends z.ZodObject>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map((issue) => ({
    field: issue.path.join("."),
    problem: issue.message,
  }));
  const said = issues.map(({ field, problem }) => (field ? `${field}: ${problem}` : problem)).join("; ");
  throw new HubError("invalid", `the ${what} is not valid: ${said}`, { detail: { issues } });
}
