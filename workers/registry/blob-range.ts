import type { ByteRange } from "../platform/blob-store.ts";

/**
 * The part of a blob that a Range header asks for (RFC 9110, section 14).
 *
 * @param size bytes of the whole blob.
 * @returns undefined for all of it: no header, several ranges, another unit, or nonsense; `unsatisfiable` for 416. A range that ends
 *   before it begins is unsatisfiable, as the OCI conformance suite wants it, where the RFC would ignore it.
 */
export function parseRange(
  header: string | undefined,
  size: number,
): ByteRange | "unsatisfiable" | undefined {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? "");
  if (!match) return undefined;
  const [, first = "", last = ""] = match;
  if (first === "" && last === "") return undefined;
  if (first === "") {
    const length = Math.min(Number(last), size);
    return length > 0 ? { offset: size - length, length } : "unsatisfiable";
  }
  const offset = Number(first);
  const end = last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return offset < size && offset <= end ? { offset, length: end - offset + 1 } : "unsatisfiable";
}
