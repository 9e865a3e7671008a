import { once } from "node:events";
import { DaemonError } from "../client/daemon-error.ts";
import { complain, say } from "./print.ts";

/** Does the same to each argument: what fails is said, and the next one has its turn. @returns 1 when one failed. */
export async function each(args: readonly string[], work: (one: string) => Promise<void>): Promise<number> {
  let code = 0;
  for (const one of args)
    try {
      await work(one);
    } catch (error) {
      if (!(error instanceof DaemonError)) throw error;
      complain(refusalText(error));
      code = 1;
    }
  return code;
}

/** As `each`, and says its name when it is done. */
export async function eachNamed(
  args: readonly string[],
  work: (one: string) => Promise<unknown>,
): Promise<number> {
  return each(args, async (one) => {
    await work(one);
    say(one);
  });
}

/** The engine's words, the way docker's command has them. */
export function refusalText(error: DaemonError): string {
  return `Error response from daemon: ${error.message}`;
}

/** Asks on the terminal. @returns whether the answer was y. */
export async function confirmed(question: string): Promise<boolean> {
  const { createInterface } = await import("node:readline/promises");
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    const closed = once(lines, "close").then(() => "");
    return /^y(?:es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), closed])).trim());
  } finally {
    lines.close();
  }
}
