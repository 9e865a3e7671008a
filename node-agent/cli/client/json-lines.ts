import type { Readable } from "node:stream";

/**
 * Each value of a stream of JSON objects. They may stand one on a line or one behind the other; whole numbers that JavaScript cannot
 * hold, such as nanoseconds, come as BigInt.
 */
export async function* jsonLines(stream: Readable): AsyncGenerator<Record<string, unknown>> {
  let kept = "";
  const decoder = new TextDecoder();
  for await (const piece of stream as AsyncIterable<Buffer>) {
    kept += decoder.decode(piece, { stream: true });
    let end = endOfObject(kept);
    while (end > 0) {
      yield parseExactly(kept.slice(0, end)) as Record<string, unknown>;
      kept = kept.slice(end);
      end = endOfObject(kept);
    }
  }
}

/** JSON.parse, which keeps whole numbers beyond 2^53 as BigInt. */
export function parseExactly(text: string): unknown {
  return JSON.parse(text, (_, value: unknown, context?: { source: string }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? "")
      ? BigInt(context?.source ?? "")
      : value,
  );
}

/** Behind the first whole object; 0 when none is whole yet. */
function endOfObject(text: string): number {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at];
    if (quoted && letter === "\\") at += 1;
    else if (letter === '"') quoted = !quoted;
    else if (quoted) continue;
    else if (letter === "{") depth += 1;
    else if (letter === "}") {
      depth -= 1;
      if (depth === 0) return at + 1;
    }
  }
  return 0;
}
