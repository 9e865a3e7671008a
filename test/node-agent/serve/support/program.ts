import { spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

/** `npm start` with any flags, as somebody at a terminal sees it: what it prints, and how it ends. */
export class Program implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<null, Readable, Readable>;
  readonly #ended: Promise<number | null>;
  output = "";

  constructor(flags: readonly string[], env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn("sh", ["node-agent/launch.sh", "node-agent/serve/main.ts", ...flags], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => (this.output += text));
    this.#ended = new Promise((resolve) => this.#child.once("close", (code) => resolve(code)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves to the exit code; null when a signal ended it. */
  get ended(): Promise<number | null> {
    return this.#ended;
  }

  /** Waits for the line that says it is ready. @returns its address, such as http://127.0.0.1:5000. */
  async ready(): Promise<string> {
    return (await this.printed(/Wherry is ready on (http:\S+)/))[1] ?? "";
  }

  /** Waits until all that it has printed matches. @throws Error with the output when it ends before. */
  async printed(pattern: RegExp): Promise<RegExpMatchArray> {
    const seen = () => this.output.match(pattern);
    for (;;) {
      const found = seen();
      if (found) return found;
      const ended = await Promise.race([this.#ended.then(() => true), this.#nextOutput()]);
      if (ended && !seen()) throw new Error(`it ended without printing ${pattern}:\n${this.output}`);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** As Ctrl-C does. @returns the exit code. */
  stop(): Promise<number | null> {
    this.signal("SIGINT");
    return this.#ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.signal("SIGKILL");
    await this.#ended;
  }

  #nextOutput(): Promise<false> {
    return new Promise((resolve) => {
      const { stdout, stderr } = this.#child;
      const done = () => {
        stdout.off("data", done);
        stderr.off("data", done);
        resolve(false);
      };
      stdout.on("data", done);
      stderr.on("data", done);
    });
  }
}
