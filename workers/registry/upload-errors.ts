import { HubError, type ErrorKind } from "../shared/errors.ts";
import { RegistryError, type ErrorCode } from "./errors.ts";

/** No such upload, or not the caller's: one answer for all of it. */
export function uploadUnknown(): RegistryError {
  return new RegistryError(
    "BLOB_UPLOAD_UNKNOWN",
    "there is no such upload in this repository: it was finished, cancelled or has expired; start a new one",
  );
}

/** A chunk that is refused; the upload is as it was. */
export function uploadConflict(reason: "out-of-order" | "length", message: string): RegistryError {
  return new RegistryError(reason === "out-of-order" ? "RANGE_INVALID" : "SIZE_INVALID", message);
}

/** An expected error on its way out of a Durable Object: errors lose their class there. */
export type CarriedError =
  | { code: ErrorCode; message: string; detail?: Record<string, unknown> }
  | { kind: ErrorKind; message: string; detail?: Record<string, unknown> };

/** The error in a shape that travels; undefined for an accident. */
export function carryError(error: unknown): CarriedError | undefined {
  if (!(error instanceof HubError)) return undefined;
  const { message, detail } = error;
  const facts = detail ? { message, detail } : { message };
  return error instanceof RegistryError ? { code: error.code, ...facts } : { kind: error.kind, ...facts };
}

/** The error that was carried, to be thrown again. @param headers for the answer to a chunk that is out of order. */
export function uncarryError(carried: CarriedError, headers: Record<string, string>): HubError {
  const detail = carried.detail ? { detail: carried.detail } : {};
  if ("kind" in carried) return new HubError(carried.kind, carried.message, detail);
  const withHeaders = carried.code === "RANGE_INVALID" ? { ...detail, headers } : detail;
  return new RegistryError(carried.code, carried.message, withHeaders);
}
