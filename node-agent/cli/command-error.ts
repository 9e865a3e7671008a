/** Why a command did not do what it was asked, for the person at the terminal: what is wrong, with which value, what to do. */
export class CommandError extends Error {
  override name = "CommandError";
  /** As docker's: 125 for flags that cannot be understood and for what the engine refuses to run, 126 and 127 for programs, 1 for the rest. */
  readonly exitCode: number;

  constructor(message: string, exitCode = 1, options: { cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = exitCode;
  }
}
