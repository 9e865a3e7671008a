import { type ByteText, malformed } from "./header.ts";

/**
 * The records of a PAX extended header, "length key=value\n" each (POSIX.1-2001, pax, "Extended Header"). Keys and values are bytes.
 *
 * @throws HubError `invalid` for a record whose length or form is wrong.
 */
export function readPax(bytes: Buffer): [key: ByteText, value: ByteText][] {
  const records: [ByteText, ByteText][] = [];
  let at = 0;
  while (at < bytes.length) {
    const blank = bytes.indexOf(0x20, at);
    const digits = blank < 0 ? "" : bytes.toString("latin1", at, blank);
    const length = /^[1-9][0-9]{0,8}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, blank + 1);
    if (length === 0 || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end)
      throw malformed("an extended header has a record without the form `length key=value`");
    records.push([
      bytes.toString("latin1", blank + 1, equals),
      bytes.toString("latin1", equals + 1, end - 1),
    ]);
    at = end;
  }
  return records;
}

/** Writes records as `readPax` reads them. */
export function writePax(records: Iterable<readonly [key: ByteText, value: ByteText]>): Buffer {
  const lines: Buffer[] = [];
  for (const [key, value] of records) {
    const rest = ` ${key}=${value}\n`;
    // The length counts its own digits.
    let length = rest.length + 1;
    while (String(length).length + rest.length !== length) length = String(length).length + rest.length;
    lines.push(Buffer.from(`${length}${rest}`, "latin1"));
  }
  return Buffer.concat(lines);
}
