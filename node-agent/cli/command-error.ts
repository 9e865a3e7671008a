/** Why a command did not do what it was asked, for the person at the terminal: what is wrong, with which value, what to do. */
export class CommandError extends Error {
  override name = "CommandError";
  /** 2 for a command line that cannot be understood, 1 for the rest. */
  readonly exitCode: 1 | 2;

  constructor(message: string, exitCode: 1 | 2 = 1, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
  }
}
