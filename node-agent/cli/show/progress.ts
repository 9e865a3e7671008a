import { CommandError } from "../command-error.ts";
import { humanSize } from "./sizes.ts";

/** One line of a pull or a push. */
interface ProgressLine {
  id?: string;
  status?: string;
  stream?: string;
  error?: string;
  errorDetail?: { message?: string };
  progressDetail?: { current?: number; total?: number };
}

/**
 * Shows how a transfer goes: on a terminal a line for each layer, with a bar; elsewhere each state once, as a line of its own.
 *
 * @throws CommandError with the engine's words when it fails.
 */
export async function showProgress(
  lines: AsyncIterable<Record<string, unknown>>,
  to: NodeJS.WriteStream = process.stdout,
): Promise<void> {
  const screen = new LayerLines(to);
  for await (const line of lines as AsyncIterable<ProgressLine>) {
    const wrong = line.errorDetail?.message ?? line.error;
    if (wrong !== undefined) throw new CommandError(wrong);
    if (line.stream !== undefined) to.write(line.stream);
    else if (line.status === undefined) continue;
    else if (!to.isTTY) plain(line, to);
    else if (line.id === undefined || line.progressDetail === undefined) screen.add(lineText(line));
    else screen.set(line.id, barText(line, to.columns));
  }
}

function plain(line: ProgressLine, to: NodeJS.WriteStream): void {
  const { current = 0, total = 0 } = line.progressDetail ?? {};
  if (current === 0 && total === 0) to.write(`${lineText(line)}\n`);
}

function lineText({ id, status }: ProgressLine): string {
  return `${id === undefined ? "" : `${id}: `}${status}`;
}

/** `4f4fb700ef54: Downloading [=====>     ] 12.3MB/51.2MB`, no wider than the terminal. */
export function barText(line: ProgressLine, columns: number): string {
  const { current = 0, total = 0 } = line.progressDetail ?? {};
  const head = lineText(line);
  if (current === 0 && total === 0) return head.slice(0, columns - 1);
  if (!(total > 0)) return `${head} ${humanSize(current)}`.slice(0, columns - 1);
  const amount = `${humanSize(Math.min(current, total))}/${humanSize(total)}`;
  const room = Math.min(50, columns - 1 - head.length - amount.length - 5);
  if (room < 5) return `${head} ${amount}`.slice(0, columns - 1);
  const done = Math.min(room, Math.floor((current / total) * room));
  return `${head} [${"=".repeat(done)}>${" ".repeat(room - done)}] ${amount}`;
}

/** Lines at the end of the screen, each of which can be written anew. */
class LayerLines {
  readonly #to: NodeJS.WriteStream;
  readonly #places = new Map<string, number>();
  #count = 0;

  constructor(to: NodeJS.WriteStream) {
    this.#to = to;
  }

  add(text: string): void {
    this.#to.write(`${text}\n`);
    this.#count += 1;
  }

  set(id: string, text: string): void {
    const place = this.#places.get(id);
    if (place === undefined) {
      this.#places.set(id, this.#count);
      this.add(text);
      return;
    }
    const up = this.#count - place;
    // A line that has left the screen is no longer there to be written.
    if (up < this.#to.rows) this.#to.write(`\u001B[${up}A\r\u001B[2K${text}\u001B[${up}B\r`);
  }
}
