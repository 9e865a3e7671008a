/** A question as it came (RFC 1035, section 4). */
export interface Question {
  id: number;
  recursion: boolean;
  /** In lower case, without the last dot; a dot or backslash inside a label is written with a backslash. */
  name: string;
  type: number;
  class: number;
  /** Where the question ends in the message. */
  end: number;
  /** How many bytes the asker takes in a datagram (RFC 6891). */
  room: number;
}

export interface Answer {
  type: number;
  content: Uint8Array;
}

export const recordTypes = { a: 1, ptr: 12, aaaa: 28, any: 255 } as const;
export const codes = { fine: 0, malformed: 1, failed: 2, noName: 3, notDone: 4 } as const;

const headerSize = 12;
/** What every asker takes in a datagram, and the most that we send in one. */
const smallest = 512;
const largest = 1232;
/** Seconds that an answer is good for: containers come and go. */
const lifetime = 5;
const internet = 1;

/** Reads a question; undefined for what is none, or is more than one. */
export function readQuestion(message: Uint8Array): Question | undefined {
  const view = new DataView(message.buffer, message.byteOffset, message.byteLength);
  if (message.length < headerSize + 5) return undefined;
  const flags = view.getUint16(2);
  // An answer, another kind of request, or not exactly one question.
  if ((flags & 0xf800) !== 0 || view.getUint16(4) !== 1) return undefined;
  const name = readName(message, headerSize);
  if (name === undefined || name.end + 4 > message.length) return undefined;
  const end = name.end + 4;
  return {
    id: view.getUint16(0),
    recursion: (flags & 0x0100) !== 0,
    name: name.text,
    type: view.getUint16(name.end),
    class: view.getUint16(name.end + 2),
    end,
    room: roomOf(view, end),
  };
}

/** A name without compression: there is nothing before it that it could point to. */
function readName(message: Uint8Array, start: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  for (let at = start; at - start < 255;) {
    const length = message[at];
    if (length === undefined || length > 63) return undefined;
    if (length === 0) return { text: labels.join(".").toLowerCase(), end: at + 1 };
    const label = message.subarray(at + 1, at + 1 + length);
    if (label.length < length) return undefined;
    labels.push(Buffer.from(label).toString("latin1").replaceAll(/[.\\]/g, "\\$&"));
    at += 1 + length;
  }
  return undefined;
}

function roomOf(view: DataView, end: number): number {
  const [answers, authorities, extras] = [view.getUint16(6), view.getUint16(8), view.getUint16(10)];
  const hasSize =
    answers === 0 &&
    authorities === 0 &&
    extras === 1 &&
    view.byteLength >= end + 11 &&
    view.getUint8(end) === 0 &&
    view.getUint16(end + 1) === 41;
  return hasSize ? Math.min(Math.max(view.getUint16(end + 3), smallest), largest) : smallest;
}

/** An answer of our own. What does not fit is left out, and the asker told to ask again by TCP. */
export function writeAnswer(
  message: Uint8Array,
  question: Question,
  code: number,
  answers: readonly Answer[] = [],
  room = 65_535,
): Buffer {
  const head = Buffer.from(message.subarray(0, question.end));
  const pieces: Buffer[] = [];
  let size = head.length;
  for (const { type, content } of answers) {
    const piece = Buffer.alloc(12 + content.length);
    // The name is the question's.
    piece.writeUInt16BE(0xc0_00 | headerSize, 0);
    piece.writeUInt16BE(type, 2);
    piece.writeUInt16BE(internet, 4);
    piece.writeUInt32BE(lifetime, 6);
    piece.writeUInt16BE(content.length, 10);
    piece.set(content, 12);
    if (size + piece.length > room) break;
    size += piece.length;
    pieces.push(piece);
  }
  const cut = pieces.length < answers.length;
  head.writeUInt16BE(0x8080 | (question.recursion ? 0x0100 : 0) | (cut ? 0x0200 : 0) | code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(pieces.length, 6);
  head.writeUInt32BE(0, 8);
  return Buffer.concat([head, ...pieces]);
}

/** A name for the content of a record: it is one of our own, so no label is empty or too long. */
export function nameContent(name: string): Buffer {
  const labels = name.split(".").map((label) => Buffer.from(label, "latin1").subarray(0, 63));
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), label]),
    Buffer.from([0]),
  ]);
}
