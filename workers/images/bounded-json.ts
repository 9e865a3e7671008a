/** How deep a document may nest; those of all known tools stay below thirty. */
const maximumDepth = 100;

/** How many values it may have: a parsed value takes ten times the memory of its bytes, and an isolate has 128 MB for everything. */
const maximumValues = 600_000;

/** Why something that was pushed cannot be read: the end of a sentence, such as "it is not JSON". */
export class Unreadable extends Error {
  override name = "Unreadable";
}

/**
 * Parses JSON that anybody may have pushed.
 *
 * @throws Unreadable when it is none, or would cost far more than its size says.
 */
export function parseBoundedJson(bytes: Uint8Array): unknown {
  refuseCostly(bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes)) as unknown;
  } catch {
    throw new Unreadable("it is not UTF-8 encoded JSON");
  }
}

/** The same of a document that has to be an object. @throws Unreadable */
export function parseBoundedObject(bytes: Uint8Array): Record<string, unknown> {
  const document = parseBoundedJson(bytes);
  if (!isObject(document)) throw new Unreadable("it is not a JSON object");
  return document;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function refuseCostly(bytes: Uint8Array): void {
  let depth = 0;
  let values = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (byte === 0x22) quoted = !quoted;
    else if (quoted) at += byte === 0x5c ? 1 : 0;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      values += 1;
      if (depth > maximumDepth) throw new Unreadable(`it nests deeper than ${maximumDepth} levels`);
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === 0x2c) values += 1;
    if (values > maximumValues) throw new Unreadable(`it has more than ${maximumValues} values`);
  }
}
