import { z } from "zod";
import { HubError } from "../shared/errors.ts";

/** How one form of a page stands: empty, or as it was sent, with what was wrong. */
export interface FormState {
  name: string;
  /** What was typed, by field; never what is secret. */
  values: ReadonlyMap<string, readonly string[]>;
  /** What is wrong, by field. */
  problems: ReadonlyMap<string, string>;
  /** What is wrong as a whole. */
  problem: string | undefined;
}

/** The field that says which form of a page was sent. */
export const formField = "form";

/** Fields that are not sent back to the browser. */
const secret = /password|code|token|response/i;

const nothing = new Map<string, never>();

export function emptyForm(name: string): FormState {
  return { name, values: nothing, problems: nothing, problem: undefined };
}

/** The form as it was sent, with what went wrong. */
export function failedForm(name: string, sent: URLSearchParams, error: HubError | z.ZodError): FormState {
  const values = new Map([...new Set(sent.keys())].map((key) => [key, keep(key, sent.getAll(key))]));
  if (error instanceof HubError) {
    const field = error.detail?.["field"];
    const isField = typeof field === "string" && sent.has(field);
    return {
      name,
      values,
      problems: isField ? new Map([[field, sentence(error.message)]]) : nothing,
      problem: isField ? undefined : sentence(error.message),
    };
  }
  const problems = new Map(error.issues.map((issue) => [String(issue.path[0] ?? ""), describe(issue)]));
  return { name, values, problems, problem: problems.get("") };
}

function keep(field: string, values: string[]): string[] {
  // A ticket stands for a sign-in that goes on with the next try.
  return secret.test(field) && field !== "ticket" ? [] : values;
}

/** How a message goes on that begins with what somebody or something is called; those of the hub's own words are none. */
const beginsWithName =
  /^(?:\S+[/@]|(?!(?:everybody|it|nobody|nothing|somebody|that|there|this|what|who|whoever|you) )[\w.-]+ (?:asks|belongs|can|has|is|may|owns|still|takes|was|would) )/;

/** Begins with a capital and ends with a full stop, as a sentence on a page does. A name stays as it is written. */
export function sentence(text: string): string {
  const begun = beginsWithName.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?:]$/.test(begun) ? begun : `${begun}.`;
}

/** What a schema has to say of a field, for people. */
function describe(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return issue.origin === "string" ? "Fill this in." : `At least ${issue.minimum}.`;
    case "too_big":
      return issue.origin === "string"
        ? `Too long: it has room for ${issue.maximum} characters.`
        : `At most ${issue.maximum}.`;
    case "invalid_format":
      return issue.format === "email"
        ? "This is no e-mail address, such as you@example.com."
        : "This cannot be read.";
    case "invalid_type":
      return "Fill this in.";
    case "invalid_value":
      return "Choose one of these.";
    case "unrecognized_keys":
      return `The form has a field that this page does not know: ${issue.keys.join(", ")}.`;
    default:
      return sentence(issue.message);
  }
}

/** A form as the schema wants it: a list where it takes several values of a field. @throws ZodError. */
export function readFields<Fields extends z.ZodObject>(
  fields: Fields,
  sent: URLSearchParams,
): z.output<Fields> {
  const given: Record<string, string | string[]> = {};
  for (const key of new Set(sent.keys())) {
    if (key === formField) continue;
    const values = sent.getAll(key);
    const [value = ""] = values;
    given[key] = values.length > 1 || isList(fields.shape[key]) ? values : value;
  }
  for (const [key, field] of Object.entries(fields.shape)) if (isList(field)) given[key] ??= [];
  return fields.parse(given);
}

function isList(field: z.core.$ZodType | undefined): boolean {
  return field instanceof z.ZodArray;
}

/** A box that is ticked or not: browsers send nothing for one that is not. */
export const checkbox = z
  .literal("on")
  .optional()
  .transform((value) => value === "on");
