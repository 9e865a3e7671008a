import type { Daemon } from "../client/daemon.ts";
import type { ContainerSummary, ImageSummary, NetworkSummary, VolumeSummary } from "../client/shapes.ts";
import type { Offer } from "../line/flags.ts";
import { findVerb, groups, membersOf, servers, verbs } from "../line/table.ts";
import type { Verb } from "../line/verb.ts";
import { say } from "../show/print.ts";

/** Told to the shell's own part: here it completes file names. */
const files = ":files";

/**
 * What the word behind the others may be: one on a line, with what it is behind a tab.
 *
 * @param words What stands behind `wherry`; the last one is what has been typed of the word so far.
 * @returns the exit code.
 */
export async function complete(daemon: Daemon, words: readonly string[]): Promise<number> {
  const typed = words.at(-1) ?? "";
  const offers = await offersFor(daemon, withoutHost(words.slice(0, -1)), typed).catch(() => []);
  for (const [name, says] of offers)
    if (name.startsWith(typed) || name === files) say(says === "" ? name : `${name}\t${says}`);
  return 0;
}

type Offers = readonly (readonly [name: string, says: string])[];

/** The engine that is named before the verb has been taken already. */
function withoutHost(words: readonly string[]): readonly string[] {
  if (words[0] === "-H" || words[0] === "--host") return words.slice(2);
  return words[0]?.startsWith("--host=") ? words.slice(1) : words;
}

async function offersFor(daemon: Daemon, before: readonly string[], typed: string): Promise<Offers> {
  if (before.length === 0) return firstWords(typed);
  const found = findVerb(before);
  if (found === undefined) return [...membersOf(before[0] ?? "")].map(([name, { says }]) => [name, says]);
  const verb = await found.row.load();
  return wordsOf(daemon, verb, found.rest, typed);
}

function firstWords(typed: string): Offers {
  if (typed.startsWith("-"))
    return [
      ["--help", "print help"],
      ["--host", "where the engine is"],
      ["--version", "print the version"],
    ];
  const lone = verbs.flatMap(({ names: [name = ""], says }) =>
    name.includes(" ") ? [] : [[name, says] as const],
  );
  return [...lone, ...groups, ...servers];
}

async function wordsOf(
  daemon: Daemon,
  verb: Verb,
  before: readonly string[],
  typed: string,
): Promise<Offers> {
  const last = before.at(-1) ?? "";
  const named = Object.entries(verb.flags);
  const open = last.startsWith("-")
    ? named.find(([name, { short }]) => last === `--${name}` || last === `-${short}`)
    : undefined;
  if (open !== undefined && open[1].kind !== "yes") return namesOf(daemon, open[1].offers ?? "nothing");
  const count = argumentCount(verb, before);
  const passed = verb.passesOn === true && count > 0;
  if (typed.startsWith("-") && !passed)
    return [...named.map(([name, { says }]) => [`--${name}`, says] as const), ["--help", "what it does"]];
  const [first = "nothing", others = "nothing"] = verb.offers ?? [];
  return count >= verb.takes[1] ? [] : namesOf(daemon, count === 0 ? first : others);
}

/** How many arguments are there that belong to no flag. */
function argumentCount({ flags }: Verb, before: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < before.length; at += 1) {
    const word = before[at] ?? "";
    if (!word.startsWith("-")) count += 1;
    else {
      const flag = Object.entries(flags).find(
        ([name, { short }]) => word === `--${name}` || word === `-${short}`,
      );
      if (flag !== undefined && flag[1].kind !== "yes") at += 1;
    }
  }
  return count;
}

async function namesOf(daemon: Daemon, offer: Offer): Promise<Offers> {
  switch (offer) {
    case "containers":
    case "running": {
      const found = await daemon.get<ContainerSummary[]>("/containers/json", { all: offer === "containers" });
      return found.map(({ Names, Image, Status }) => [
        (Names[0] ?? "").replace(/^\//, ""),
        `${Image}, ${Status}`,
      ]);
    }
    case "images": {
      const found = await daemon.get<ImageSummary[]>("/images/json");
      const names = found
        .flatMap(({ RepoTags }) => RepoTags ?? [])
        .filter((name) => !name.startsWith("<none>"));
      return names.map((name) => [name, ""]);
    }
    case "networks":
      return (await daemon.get<NetworkSummary[]>("/networks")).map(({ Name, Driver }) => [Name, Driver]);
    case "volumes": {
      const { Volumes } = await daemon.get<{ Volumes: VolumeSummary[] | null }>("/volumes");
      return (Volumes ?? []).map(({ Name }) => [Name, ""]);
    }
    case "files":
      return [[files, ""]];
    case "nothing":
      return [];
  }
}
