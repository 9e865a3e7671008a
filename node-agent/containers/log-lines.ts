/** One record of a container's log: a line, or with `partial` a piece of one that goes on in the next record of its stream. */
export interface LogEntry {
  stream: "stdout" | "stderr";
  /** As it was written: RFC 3339 with nine digits of a second and an offset. */
  time: string;
  partial: boolean;
  /** Without the line feed. Any bytes: containers write what they like. */
  bytes: Buffer;
}

const lineFeed = 0x0a;
const space = 0x20;

/**
 * Reads conmon's `k8s-file` format, `<time> <stream> <F|P> <bytes>\n`, from pieces of a file as they come.
 * What is no record, such as the end of a line that a power cut has left, is passed over.
 */
export class LogLines {
  #rest: Buffer = Buffer.alloc(0);

  /** The records that end in this piece. */
  push(piece: Buffer): LogEntry[] {
    const all = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece]);
    const entries: LogEntry[] = [];
    let start = 0;
    for (let end = all.indexOf(lineFeed); end >= 0; end = all.indexOf(lineFeed, start)) {
      const entry = parseLine(all.subarray(start, end));
      if (entry !== undefined) entries.push(entry);
      start = end + 1;
    }
    this.#rest = all.subarray(start);
    return entries;
  }
}

export function parseLine(line: Buffer): LogEntry | undefined {
  const first = line.indexOf(space);
  const second = line.indexOf(space, first + 1);
  if (first < 20 || second < 0 || (line.length > second + 2 && line[second + 2] !== space)) return undefined;
  const stream = line.toString("latin1", first + 1, second);
  const tag = line[second + 1];
  if ((stream !== "stdout" && stream !== "stderr") || (tag !== 0x46 && tag !== 0x50)) return undefined;
  return {
    stream,
    time: line.toString("latin1", 0, first),
    partial: tag === 0x50,
    bytes: line.subarray(second + 3),
  };
}

/** What the container has written, byte by byte. */
export function writtenBytes({ bytes, partial }: LogEntry): Buffer {
  return partial ? bytes : Buffer.concat([bytes, Buffer.of(lineFeed)]);
}

/** Nanoseconds since 1970 of an RFC 3339 time. */
export function nanoseconds(time: string): bigint {
  const [, seconds = "", fraction = "", offset = "Z"] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/.exec(time) ?? [];
  const whole = Date.parse(`${seconds}${offset}`);
  return Number.isNaN(whole) ? 0n : BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(9, "0"));
}
