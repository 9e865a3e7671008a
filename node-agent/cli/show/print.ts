import { styleText } from "node:util";

/** One line on standard output. */
export function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

/** One line on standard error. */
export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

type Style = Parameters<typeof styleText>[0];

/** In colour on a terminal, where NO_COLOR is not set. */
export function styled(style: Style, text: string, stream: NodeJS.WriteStream = process.stdout): string {
  return styleText(style, text, { stream });
}
