import { HubError } from "#shared/errors";
import { z } from "zod";

/** Both forms that clients send: `{"name":{"web":true}}` and `{"name":["web"]}`. */
const shape = z.record(z.string(), z.union([z.array(z.string()), z.record(z.string(), z.boolean())]));

/** What a list is narrowed by: any of the values of one name, and all of the names. */
export type Filters = ReadonlyMap<string, readonly string[]>;

/**
 * @param known the names that there are; without, any is taken.
 * @throws HubError `invalid` when they cannot be read, or for a name that there is none of.
 */
export function readFilters(query: URLSearchParams, known?: readonly string[]): Filters {
  const text = query.get("filters");
  if (text === null || text === "") return new Map();
  let found: z.output<typeof shape>;
  try {
    found = shape.parse(JSON.parse(text));
  } catch (cause) {
    throw new HubError("invalid", `invalid filters: ${text.slice(0, 200)}`, { cause });
  }
  for (const name of Object.keys(found))
    if (known?.includes(name) === false)
      throw new HubError("invalid", `invalid filter '${name.slice(0, 50)}'`);
  return new Map(
    Object.entries(found).map(([name, values]) => [
      name,
      Array.isArray(values) ? values : Object.keys(values),
    ]),
  );
}

/** Whether a filter allows a value; one that is not given allows all. */
export function allows(filters: Filters, name: string, matches: (wanted: string) => boolean): boolean {
  const values = filters.get(name);
  return values === undefined || values.length === 0 || values.some(matches);
}

/** `label=key` and `label=key=value`: all of them. */
export function allowsLabels(filters: Filters, labels: Readonly<Record<string, string>>): boolean {
  return (filters.get("label") ?? []).every((wanted) => {
    const at = wanted.indexOf("=");
    if (at < 0) return wanted in labels;
    return labels[wanted.slice(0, at)] === wanted.slice(at + 1);
  });
}

/** A filter that says true or false. @throws HubError `invalid`. */
export function filterFlag(filters: Filters, name: string): boolean | undefined {
  const value = filters.get(name)?.[0];
  if (value === undefined) return undefined;
  if (["true", "1", "t"].includes(value.toLowerCase())) return true;
  if (["false", "0", "f"].includes(value.toLowerCase())) return false;
  throw new HubError("invalid", `invalid filter '${name}=[${value.slice(0, 50)}]'`);
}
