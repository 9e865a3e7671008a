import { ChallengeError } from "../auth/index.ts";
import { HubError, type ErrorKind, type ErrorOptions } from "../shared/errors.ts";

/** The error codes of the OCI Distribution Specification ("Error Codes"), each with its status and short message. */
const codes = {
  BLOB_UNKNOWN: { status: 404, kind: "not-found", message: "blob unknown to registry" },
  BLOB_UPLOAD_INVALID: { status: 400, kind: "invalid", message: "blob upload invalid" },
  BLOB_UPLOAD_UNKNOWN: { status: 404, kind: "not-found", message: "blob upload unknown to registry" },
  DIGEST_INVALID: { status: 400, kind: "invalid", message: "provided digest did not match uploaded content" },
  MANIFEST_BLOB_UNKNOWN: { status: 404, kind: "not-found", message: "manifest references an unknown blob" },
  MANIFEST_INVALID: { status: 400, kind: "invalid", message: "manifest invalid" },
  MANIFEST_UNKNOWN: { status: 404, kind: "not-found", message: "manifest unknown to registry" },
  NAME_INVALID: { status: 400, kind: "invalid", message: "invalid repository name" },
  NAME_UNKNOWN: { status: 404, kind: "not-found", message: "repository name not known to registry" },
  PAGINATION_NUMBER_INVALID: { status: 400, kind: "invalid", message: "invalid number of results requested" },
  RANGE_INVALID: { status: 416, kind: "range", message: "requested range is not satisfiable" },
  SIZE_INVALID: { status: 400, kind: "invalid", message: "provided length did not match content length" },
  TAG_INVALID: { status: 400, kind: "invalid", message: "invalid tag name" },
  UNAUTHORIZED: { status: 401, kind: "unauthenticated", message: "authentication required" },
  DENIED: { status: 403, kind: "denied", message: "requested access to the resource is denied" },
  UNSUPPORTED: { status: 405, kind: "unsupported", message: "the operation is unsupported" },
  TOOMANYREQUESTS: { status: 429, kind: "too-many", message: "too many requests" },
  UNAVAILABLE: { status: 503, kind: "unavailable", message: "service temporarily unavailable" },
  UNKNOWN: { status: 500, kind: "unavailable", message: "unknown error" },
} as const satisfies Record<string, { status: number; kind: ErrorKind; message: string }>;

export type ErrorCode = keyof typeof codes;

interface RegistryErrorOptions extends ErrorOptions {
  /** In place of the code's own status, where the specification names another (413 for a large manifest). */
  status?: number;
  headers?: Record<string, string>;
}

/** An error in the terms of `/v2`. The message is for people: docker and podman print it. */
export class RegistryError extends HubError {
  override name = "RegistryError";
  readonly code: ErrorCode;
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(code: ErrorCode, message?: string, options: RegistryErrorOptions = {}) {
    super(codes[code].kind, message ?? codes[code].message, options);
    this.code = code;
    this.status = options.status ?? codes[code].status;
    this.headers = options.headers ?? {};
  }
}

/** The code for errors that come from below the registry: authentication, the blob store, input checks. */
const codeOfKind: Record<ErrorKind, ErrorCode> = {
  invalid: "UNSUPPORTED",
  unauthenticated: "UNAUTHORIZED",
  denied: "DENIED",
  "not-found": "NAME_UNKNOWN",
  conflict: "BLOB_UPLOAD_INVALID",
  "too-large": "SIZE_INVALID",
  unsupported: "UNSUPPORTED",
  range: "RANGE_INVALID",
  "too-many": "TOOMANYREQUESTS",
  unavailable: "UNAVAILABLE",
};

/** Any error as one of `/v2`; what nobody foresaw becomes UNKNOWN and says nothing of the inside. */
export function toRegistryError(error: unknown): RegistryError {
  if (error instanceof RegistryError) return error;
  if (!(error instanceof HubError))
    return new RegistryError(
      "UNKNOWN",
      "the registry failed; try again, and tell the operator if it stays so",
      { cause: error },
    );
  return new RegistryError(codeOfKind[error.kind], error.message, {
    cause: error,
    ...(error.kind === "invalid" ? { status: 400 } : {}),
    ...(error.detail ? { detail: error.detail } : {}),
    ...(error instanceof ChallengeError ? { headers: error.headers } : {}),
  });
}

/** The error body of `/v2` (OCI Distribution Specification, "Error Codes"). */
export function renderRegistryError(error: RegistryError): Response {
  const body = { errors: [{ code: error.code, message: error.message, detail: error.detail ?? {} }] };
  return Response.json(body, { status: error.status, headers: error.headers });
}
