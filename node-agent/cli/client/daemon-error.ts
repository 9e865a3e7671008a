/** What the engine refuses, in its own words. */
export class DaemonError extends Error {
  override name = "DaemonError";
  /** Of HTTP. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}
