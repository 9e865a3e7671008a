/** Why the server does not start, for the person who started it: what is wrong, with which value, what to do. No stack is shown. */
export class Refusal extends Error {
  override name = "Refusal";
  /** 2 for a command line that cannot be understood, 1 for the rest. */
  readonly exitCode: 1 | 2;

  constructor(message: string, options: { exitCode?: 1 | 2; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The `code` of an error of the operating system, such as EACCES. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
