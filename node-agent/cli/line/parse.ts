import { parseArgs } from "node:util";
import { CommandError } from "../command-error.ts";
import type { Flag, Flags, Values } from "./flags.ts";
import { nearest } from "./nearest.ts";

export interface Parsed<F extends Flags> {
  values: Values<F>;
  /** What is no flag. */
  args: readonly string[];
  /** `--help` was among the flags. */
  help: boolean;
}

interface Given {
  name: string;
  raw: string;
  value: string | undefined;
  inline: boolean;
}

/**
 * Reads the flags of a command line, as docker's: `-it`, `-p8080:80`, `--name=web`, `--rm=false`, `--`.
 *
 * @param passesOn Flags end at the first argument; what follows it is somebody else's, such as a container's program.
 * @throws CommandError of code 125, which names the flag and the nearest there is.
 */
export function parseLine<F extends Flags>(flags: F, line: readonly string[], passesOn: boolean): Parsed<F> {
  const { given, args } = split(flags, line, passesOn);
  const values: Record<string, unknown> = {};
  for (const [name, flag] of Object.entries(flags))
    values[name] = flag.kind === "yes" ? flag.holds === true : flag.kind === "texts" ? [] : undefined;
  let help = false;
  for (const one of given) {
    const flag = flags[one.name];
    if (flag === undefined && (one.raw === "--help" || one.raw === "-h")) help = true;
    else if (flag === undefined) throw unknown(flags, one);
    else values[one.name] = read(one, flag, values[one.name]);
  }
  return { values: values as Values<F>, args, help };
}

function split(flags: Flags, line: readonly string[], passesOn: boolean) {
  const options = Object.fromEntries(
    Object.entries(flags).map(([name, { kind, short }]) => [
      name,
      { type: kind === "yes" ? "boolean" : "string", ...(short === undefined ? {} : { short }) } as const,
    ]),
  );
  const scan = (args: readonly string[]) =>
    parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
  let tokens = scan(line);
  let args = tokens.filter((token) => token.kind === "positional").map(({ value }) => value);
  const first = tokens.find(({ kind }) => kind !== "option");
  if (passesOn && first !== undefined) {
    args = line.slice(first.kind === "positional" ? first.index : first.index + 1);
    tokens = scan(line.slice(0, first.index));
  }
  const given = tokens
    .filter((token) => token.kind === "option")
    .map(({ name, rawName, value, inlineValue }): Given => ({
      name,
      raw: rawName,
      value,
      inline: inlineValue === true,
    }));
  return { given, args };
}

function read({ raw, value, inline }: Given, flag: Flag, before: unknown): unknown {
  if (flag.kind === "yes") return value === undefined ? true : readYes(raw, value);
  if (value === undefined) throw new CommandError(`flag needs an argument: ${raw}`, 125);
  // -e=A=1 is -e A=1.
  const said = inline && !raw.startsWith("--") && value.startsWith("=") ? value.slice(1) : value;
  if (flag.kind === "texts") return [...(before as string[]), said];
  if (flag.kind === "text") return said;
  if (!/^[+-]?\d{1,15}$/.test(said))
    throw new CommandError(`invalid argument "${said}" for "${raw}" flag: it takes a whole number`, 125);
  return Number(said);
}

function readYes(raw: string, value: string): boolean {
  if (["true", "t", "1"].includes(value.toLowerCase())) return true;
  if (["false", "f", "0"].includes(value.toLowerCase())) return false;
  throw new CommandError(`invalid argument "${value}" for "${raw}" flag: it is true or false`, 125);
}

function unknown(flags: Flags, { name, raw }: Given): CommandError {
  if (!raw.startsWith("--")) return new CommandError(`unknown shorthand flag: '${name}' in ${raw}`, 125);
  const meant = nearest(name, [...Object.keys(flags), "help"]);
  return new CommandError(
    `unknown flag: ${raw}${meant === undefined ? "" : `. Did you mean --${meant}?`}`,
    125,
  );
}
