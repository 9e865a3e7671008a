import { chooseAddress } from "./client/address.ts";
import { Daemon } from "./client/daemon.ts";
import { DaemonError } from "./client/daemon-error.ts";
import { CommandError } from "./command-error.ts";
import { text, yes } from "./line/flags.ts";
import { groupHelp, helpOf, helpWidth, topHelp } from "./line/help.ts";
import { nearest } from "./line/nearest.ts";
import { parseLine } from "./line/parse.ts";
import { findVerb, groups, membersOf, type Row, servers, verbs } from "./line/table.ts";
import type { Verb } from "./line/verb.ts";
import { ownVersion } from "./own-version.ts";
import { refusalText } from "./show/each.ts";
import { complain, say } from "./show/print.ts";

/** Flags that stand before the verb. */
const globalFlags = {
  host: text("where the engine is: unix:///path or tcp://host:port", "H"),
  version: yes("print the version", "v"),
};

/** The program: does what a command line says, and ends. */
export async function main(line: readonly string[]): Promise<void> {
  // A reader that has seen enough, such as head, ends this program, and that is no failure.
  for (const stream of [process.stdout, process.stderr])
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  // Connections that are kept for the next request would keep the program.
  process.exit(await dispatch(line));
}

/** @returns the exit code. */
async function dispatch(line: readonly string[]): Promise<number> {
  try {
    return await obey(line);
  } catch (error) {
    if (error instanceof DaemonError) complain(refusalText(error));
    else if (error instanceof CommandError) complain(error.message);
    else console.error(error);
    return error instanceof CommandError ? error.exitCode : 1;
  }
}

async function obey(line: readonly string[]): Promise<number> {
  const { values, args, help } = parseLine(globalFlags, line, true);
  if (values.version) {
    say(await ownVersion());
    return 0;
  }
  const [word = "", ...others] = args;
  if (word === "" || word === "help" || help) return showHelp(word === "help" ? others : args);
  if (word === "__complete") {
    const { complete } = await import("./completion/complete.ts");
    return complete(new Daemon(chooseAddress(values.host, process.env)), others);
  }
  const found = findVerb(args);
  if (found === undefined) return groupOrUnknown(args);
  return call(found.row, found.name, found.rest, values.host);
}

async function call(
  row: Row,
  name: string,
  rest: readonly string[],
  host: string | undefined,
): Promise<number> {
  const verb = await row.load();
  try {
    const { values, args, help } = parseLine(verb.flags, rest, verb.passesOn ?? false);
    if (help) {
      process.stdout.write(helpFor(row, name, verb));
      return 0;
    }
    checkCount(name, verb, args);
    const daemon = new Daemon(chooseAddress(host, process.env));
    return (await verb.run({ flags: values, args, daemon })) ?? 0;
  } catch (error) {
    if (!(error instanceof CommandError) || error.exitCode !== 125 || error.cause !== undefined) throw error;
    throw new CommandError(`${error.message}\nSee \`wherry ${name} --help\`.`, 125, { cause: error });
  }
}

function checkCount(name: string, { takes: [least, most], usage }: Verb, args: readonly string[]): void {
  const count = (number: number) => `${number} argument${number === 1 ? "" : "s"}`;
  const wanted =
    least === most
      ? count(least)
      : args.length < least
        ? `at least ${count(least)}`
        : `at most ${count(most)}`;
  if (args.length < least || args.length > most)
    throw new CommandError(
      `"wherry ${name}" takes ${wanted === "0 arguments" ? "no arguments" : wanted}, not ${args.length}.\nUsage: wherry ${name} ${usage}\nSee \`wherry ${name} --help\`.`,
    );
}

function helpFor(row: Row, name: string, verb: Verb): string {
  const aliases = row.names.filter((one) => one !== name);
  return helpOf(name, `${row.says}.`, verb, aliases, helpWidth());
}

async function showHelp(words: readonly string[]): Promise<number> {
  const found = findVerb(words);
  if (found !== undefined) process.stdout.write(helpFor(found.row, found.name, await found.row.load()));
  else if (words.length === 0) process.stdout.write(topHelp(helpWidth()));
  else return groupOrUnknown([words[0] ?? ""]);
  return 0;
}

/** A group alone is explained. @throws CommandError of code 2 for what there is not. */
function groupOrUnknown([word = "", second]: readonly string[]): number {
  const members = membersOf(word);
  if (members.size > 0 && (second === undefined || second === "--help" || second === "-h")) {
    process.stdout.write(groupHelp(word, members, helpWidth()));
    return 0;
  }
  const [typed, known] =
    members.size > 0
      ? [second ?? "", [...members.keys()]]
      : [
          word,
          [
            ...verbs.flatMap(({ names }) => names),
            ...groups.map(([name]) => name),
            ...servers.map(([name]) => name),
          ],
        ];
  const meant = nearest(typed, known);
  const whole = members.size > 0 ? `${word} ${typed}` : typed;
  const hint =
    meant === undefined ? "" : ` Did you mean \`wherry ${members.size > 0 ? `${word} ` : ""}${meant}\`?`;
  throw new CommandError(`There is no command "${whole}".${hint} \`wherry --help\` lists what there is.`, 2);
}
