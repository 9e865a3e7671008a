import { wrap } from "../show/wrap.ts";
import { groups, servers, verbs } from "./table.ts";
import type { Flag } from "./flags.ts";
import type { Verb } from "./verb.ts";

/** The widest that text is set: longer lines are hard to read. */
const widest = 100;

/** How wide the terminal is; 80 where there is none. */
export function helpWidth(): number {
  return Math.max(40, Math.min(widest, process.stdout.columns ?? 80));
}

/** What `wherry <name> --help` prints. */
export function helpOf(
  name: string,
  says: string,
  verb: Verb,
  aliases: readonly string[],
  width: number,
): string {
  const parts = [`Usage: wherry ${name} ${verb.usage}`.trimEnd(), wrap(says, width).join("\n")];
  if (aliases.length > 0) parts.push(`Also: ${aliases.map((alias) => `wherry ${alias}`).join(", ")}`);
  const flags = Object.entries(verb.flags);
  if (flags.length > 0) parts.push(`Flags:\n${rows(flags.map(flagRow), width)}`);
  if (verb.examples.length > 0)
    parts.push(
      `Examples:\n${verb.examples
        .map(
          ([line, does]) =>
            `  ${line}\n${wrap(does, width - 6)
              .map((text) => `      ${text}`)
              .join("\n")}`,
        )
        .join("\n")}`,
    );
  return `${parts.join("\n\n")}\n`;
}

function flagRow([name, flag]: readonly [string, Flag]): [string, string] {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const value = flag.kind === "yes" ? "" : ` <${flag.value ?? (flag.kind === "whole" ? "number" : "text")}>`;
  const again = flag.kind === "texts" ? "; can be given several times" : "";
  return [`${short}--${name}${value}`, `${flag.says}${again}`];
}

/** Two columns, the second wrapped; a long entry of the first has its line for itself. */
function rows(entries: readonly (readonly [string, string])[], width: number): string {
  const left = Math.min(28, Math.max(...entries.map(([name]) => name.length))) + 2;
  return entries
    .map(([name, says]) => {
      const lines = wrap(says, width - left - 2);
      const [first = "", ...others] = lines;
      const head =
        name.length + 2 > left
          ? [`  ${name}`, `  ${" ".repeat(left)}${first}`]
          : [`  ${name.padEnd(left)}${first}`];
      return [...head, ...others.map((line) => `  ${" ".repeat(left)}${line}`)]
        .join("\n")
        .replaceAll(/ +$/gm, "");
    })
    .join("\n");
}

/** What `wherry --help` prints. */
export function topHelp(width: number): string {
  const lone = verbs.filter(({ names: [name = ""] }) => !name.includes(" "));
  const listed = (from: number, to?: number) =>
    rows(
      lone.slice(from, to).map(({ names: [name = ""], says }): [string, string] => [name, says]),
      width,
    );
  const common = lone.findIndex(({ names }) => names[0] === "create");
  return `Usage: wherry [-H address] <command> [flags]

Servers:
${rows(servers, width)}

Common commands:
${listed(0, common)}

Groups (\`wherry network --help\` lists the commands of one):
${rows(groups, width)}

Other commands:
${listed(common)}

Flags:
${rows(
  [
    [
      "-H, --host <address>",
      "where the engine is: unix:///path or tcp://host:port (WHERRY_ENGINE, DOCKER_HOST; default unix:///run/wherry/wherry.sock)",
    ],
    ["-v, --version", "print the version"],
    ["-h, --help", "print this, or what a command does: `wherry run --help`"],
  ],
  width,
)}
`;
}

/** What `wherry network --help` prints. */
export function groupHelp(
  group: string,
  members: ReadonlyMap<string, { says: string }>,
  width: number,
): string {
  const says = groups.find(([name]) => name === group)?.[1] ?? "";
  return `Usage: wherry ${group} <command> [flags]

${says}.

${rows(
  [...members].map(([name, { says: does }]): [string, string] => [name, does]),
  width,
)}

\`wherry ${group} <command> --help\` has its flags and examples.
`;
}
