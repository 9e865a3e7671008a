import { CommandError } from "../command-error.ts";
import { text, texts, type Values, yes } from "../line/flags.ts";
import { type Columns, shownRows, terminalWidth } from "./rows.ts";

/** The flags of every list. */
export const listFlags = {
  filter: texts("only what matches, as in `label=stage=test`", "f", { value: "name=value" }),
  format: text("`table`, `table {{.A}}\\t{{.B}}`, `json`, or a template such as `{{.ID}}`"),
  "no-trunc": yes("whole ids and texts"),
  quiet: yes("ids alone", "q"),
};

/** Prints a list the way its flags ask for. */
export function printList<T>(
  flags: Pick<Values<typeof listFlags>, "format" | "quiet"> & { "no-trunc"?: boolean },
  list: { columns: Columns<T>; rows: readonly T[]; standard: readonly string[]; name: string },
): void {
  const whole = flags["no-trunc"] ?? false;
  const shown = { ...list, format: flags.format, short: !whole, width: whole ? undefined : terminalWidth() };
  const usual = flags.format === undefined || flags.format === "" || flags.format === "table";
  if (!flags.quiet || !usual) process.stdout.write(shownRows(shown));
  else process.stdout.write(shownRows({ ...shown, format: `{{.${list.name}}}` }));
}

/** Filters as the API takes them; undefined for none. `until=10m` is made a moment by the engine. */
export function filterQuery(filters: readonly string[]): string | undefined {
  if (filters.length === 0) return undefined;
  const found: Record<string, Record<string, true>> = {};
  for (const filter of filters) {
    const at = filter.indexOf("=");
    if (at < 1) throw new CommandError(`"${filter}" is no filter; it is written name=value`, 125);
    (found[filter.slice(0, at).toLowerCase().trim()] ??= {})[filter.slice(at + 1).trim()] = true;
  }
  return JSON.stringify(found);
}
