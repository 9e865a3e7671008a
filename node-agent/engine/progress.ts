import type { ServerResponse } from "node:http";
import { messageOf } from "./failure.ts";

/** Milliseconds between two lines about the progress of one layer. */
const interval = 100;

/** An answer that is told line by line, as pulls and pushes are. Its status is 200 once the first line has gone out. */
export class ProgressStream {
  readonly #response: ServerResponse;
  readonly #told = new Map<string, { step: string; at: number }>();

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  get begun(): boolean {
    return this.#response.headersSent;
  }

  line(value: object): void {
    if (this.#response.destroyed) return;
    if (!this.#response.headersSent) this.#response.writeHead(200, { "content-type": "application/json" });
    this.#response.write(`${JSON.stringify(value)}\r\n`);
  }

  /** A line about one layer, unless there was one of the same step a moment ago. */
  layer(digest: string, step: string, status: string, amount?: { current: number; total: number }): void {
    const before = this.#told.get(digest);
    const now = Date.now();
    if (before?.step === step && now < before.at + interval) return;
    this.#told.set(digest, { step, at: now });
    this.line({ status, ...detail(amount), id: digest.slice(digest.indexOf(":") + 1).slice(0, 12) });
  }

  /** What went wrong after the first line. Clients read either field. */
  failure(error: unknown): void {
    this.line({ errorDetail: { message: messageOf(error) }, error: messageOf(error) });
  }

  end(): void {
    this.#response.end();
  }
}

function detail(amount: { current: number; total: number } | undefined) {
  if (amount === undefined) return { progressDetail: {} };
  const { current, total } = amount;
  const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)}MB`;
  const done = total > 0 ? Math.min(50, Math.floor((current / total) * 50)) : 0;
  const bar = `[${"=".repeat(done)}>${" ".repeat(50 - done)}]`;
  return {
    progressDetail: { current, total },
    progress: `${bar} ${megabytes(current)}/${megabytes(total)}`,
  };
}
