/** What went wrong, as far as a caller can act on it. Each surface (`/v2`, JSON API) maps a kind to a status once. */
export type ErrorKind =
  | "invalid"
  | "unauthenticated"
  | "denied"
  | "not-found"
  | "conflict"
  | "too-large"
  | "unsupported"
  | "range"
  | "too-many"
  | "unavailable";

export interface ErrorOptions {
  /** Facts for programs, beside the sentence for people. */
  detail?: Record<string, unknown>;
  cause?: unknown;
}

/**
 * Something the caller cannot go on from. The message is a sentence that says what is wrong, with which value, and what to
 * do. Thrown anywhere, rendered once per surface.
 */
export class HubError extends Error {
  override name = "HubError";
  readonly kind: ErrorKind;
  readonly detail: Record<string, unknown> | undefined;

  constructor(kind: ErrorKind, message: string, options: ErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.kind = kind;
    this.detail = options.detail;
  }
}
