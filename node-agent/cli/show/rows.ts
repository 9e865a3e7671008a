import { compileTemplate, toJson } from "../template/index.ts";
import { table } from "./table.ts";

/** What a column may ask about the way it is shown. */
export interface View {
  /** Ids and commands are shortened. */
  short: boolean;
  /** Milliseconds since 1970. */
  now: number;
}

export interface Column<T> {
  heading: string;
  of: (row: T, view: View) => unknown;
}

/** What `--format` can ask of each row, by the names that docker has for it. */
export type Columns<T> = Readonly<Record<string, Column<T>>>;

export function column<T>(heading: string, of: (row: T, view: View) => unknown): Column<T> {
  return { heading, of };
}

export interface Shown<T> {
  columns: Columns<T>;
  rows: readonly T[];
  /** Of the command line. */
  format: string | undefined;
  /** The columns that a table has when none are asked for. */
  standard: readonly string[];
  short?: boolean;
  /** The table's headings; another than the columns' own, such as DIGEST. */
  width?: number | undefined;
}

/**
 * Rows as a table, as JSON line by line, or by a template.
 *
 * @returns text that ends in a line feed, or nothing.
 * @throws TemplateError.
 */
export function shownRows<T>(shown: Shown<T>): string {
  const { columns, rows } = shown;
  const view: View = { short: shown.short ?? true, now: Date.now() };
  const asked = (shown.format ?? "").replaceAll("\\t", "\t").replaceAll("\\n", "\n");
  const usual = asked === "" || asked === "table";
  if (asked === "json") return rows.map((row) => `${toJson(contextOf(columns, row, view))}\n`).join("");
  if (!usual && !/^table\s/.test(asked)) {
    const template = compileTemplate(asked);
    return rows.map((row) => `${template(contextOf(columns, row, view))}\n`).join("");
  }
  const wanted = usual ? shown.standard.map((name) => `{{.${name}}}`).join("\t") : asked.slice(6).trim();
  const cells = (context: object, line: (value: unknown) => string) => line(context).split("\t");
  const headings = compileTemplate(wanted, { functions: headingFunctions });
  const line = compileTemplate(wanted);
  return table(
    [cells(headingsOf(columns), headings), ...rows.map((row) => cells(contextOf(columns, row, view), line))],
    usual ? shown.width : undefined,
  );
}

/** Over headings, what changes a value leaves it. */
const keep = (...values: readonly unknown[]) => values[0];
const headingFunctions = {
  json: keep,
  lower: keep,
  title: keep,
  truncate: keep,
  split: keep,
  join: keep,
  printf: (...values: readonly unknown[]) => values[1],
};

/** Each column by its name, worked out when it is asked for. */
function contextOf<T>(columns: Columns<T>, row: T, view: View): object {
  const context = {};
  for (const name of Object.keys(columns).toSorted())
    Object.defineProperty(context, name, { enumerable: true, get: () => columns[name]?.of(row, view) });
  return context;
}

function headingsOf<T>(columns: Columns<T>): object {
  return Object.fromEntries(
    Object.entries(columns).map(([name, { heading }]) => [name, heading === "" ? labelHeading : heading]),
  );
}

/** `{{.Label "com.example.stage"}}` stands under STAGE. */
function labelHeading(name: unknown): string {
  return String(name).split(/[./]/).at(-1)?.replaceAll(/[-_]/g, " ") ?? "";
}

/** What a table may be wide: the terminal's width, and nothing where there is none. */
export function terminalWidth(): number | undefined {
  return process.stdout.isTTY ? process.stdout.columns : undefined;
}
