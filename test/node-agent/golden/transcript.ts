/** How the answers to a command are compared. */
export type Comparison = "text" | "set" | "code" | "json";

/** A command of the shell, and what came of it. */
export interface Exchange {
  /** The comment above it, and above those that follow until the next comment. */
  comment: string;
  comparison: Comparison;
  command: string;
  /** `> ` a line of standard output, `! ` one of standard error, `= ` the exit code where it is not 0, `. ` a part of a JSON text. */
  answer: string[];
}

const words: Readonly<Record<string, Comparison>> = {
  $: "text",
  $set: "set",
  $code: "code",
  $json: "json",
};
const signs = Object.fromEntries(Object.entries(words).map(([sign, word]) => [word, sign]));

/**
 * Reads a transcript: `# ` begins a comment, `$ ` a command, `$set ` one whose lines come in no order, `$code ` one of which only the exit
 * code counts, and `$json ` one that prints JSON, of which the shape counts. What follows a command is its answer.
 */
export function parseTranscript(text: string): Exchange[] {
  const exchanges: Exchange[] = [];
  let comment: string[] = [];
  let commenting = false;
  for (const line of text.split("\n")) {
    const [, sign = "", command = ""] = /^(\$\w*) (.*)$/.exec(line) ?? [];
    const comparison = words[sign];
    if (line.startsWith("#")) {
      comment = commenting ? [...comment, line.slice(1).trim()] : [line.slice(1).trim()];
    } else if (comparison !== undefined)
      exchanges.push({ comment: comment.join(" "), comparison, command, answer: [] });
    else if (line !== "") {
      const last = exchanges.at(-1);
      if (last === undefined || !/^[>!=.-]( |$)/.test(line))
        throw new Error(`No line of a transcript: ${line}`);
      last.answer.push(line);
    }
    commenting = line.startsWith("#");
  }
  return exchanges;
}

export function formatTranscript(exchanges: readonly Exchange[]): string {
  let comment = "";
  const blocks = exchanges.map((exchange) => {
    const heading =
      exchange.comment === comment || exchange.comment === "" ? [] : [`# ${exchange.comment}`, ""];
    comment = exchange.comment;
    return [...heading, `${signs[exchange.comparison]} ${exchange.command}`, ...exchange.answer].join("\n");
  });
  return `${blocks.join("\n\n")}\n`;
}
