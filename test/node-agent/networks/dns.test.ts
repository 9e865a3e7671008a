import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Answer, readQuestion, writeAnswer } from "../../../node-agent/networks/dns/message.ts";
import { Resolver, type View } from "../../../node-agent/networks/dns/resolver.ts";
import { SeededRandom } from "../../support/random.ts";

/** A question; labels may hold any bytes. */
function question(labels: readonly string[], type = 1, { id = 7, size = 0 } = {}): Buffer {
  const head = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, size > 0 ? 1 : 0]);
  const name = labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, "latin1")]);
  const extra = size > 0 ? Buffer.from([0, 0, 41, size >> 8, size & 255, 0, 0, 0, 0, 0, 0]) : Buffer.alloc(0);
  return Buffer.concat([head, ...name, Buffer.from([0, 0, type, 0, 1]), extra]);
}

const codeOf = (answer: Buffer) => answer.readUInt8(3) & 15;
const countOf = (answer: Buffer) => answer.readUInt16BE(6);
const isCut = (answer: Buffer) => (answer.readUInt8(2) & 2) !== 0;

describe("messages", () => {
  test("a question is read as it was asked, in lower case", () => {
    expect(readQuestion(question(["WeB", "Blue"], 28, { size: 4096 }))).toMatchObject({
      name: "web.blue",
      type: 28,
      recursion: true,
      room: 1232,
    });
    expect(readQuestion(question(["web"]))?.room).toBe(512);
  });

  test("a dot inside a label is none between labels", () => {
    expect(readQuestion(question(["web.blue"]))?.name).toBe("web\\.blue");
    expect(readQuestion(question(["\\\0\n"]))?.name).toBe("\\\\\0\n");
  });

  test.each([
    ["nothing", Buffer.alloc(0)],
    ["a header only", question(["a"]).subarray(0, 12)],
    ["a name that does not end", question(["a"]).subarray(0, 14)],
    ["an answer", Buffer.from(question(["a"])).fill(0x80, 2, 3)],
    ["another kind of request", Buffer.from(question(["a"])).fill(0x28, 2, 3)],
    ["two questions", Buffer.from(question(["a"])).fill(2, 5, 6)],
    [
      "a name that points to itself",
      Buffer.concat([question([]).subarray(0, 12), Buffer.from([0xc0, 12, 0, 1, 0, 1])]),
    ],
    ["a name that is too long", question(Array.from({ length: 10 }, () => "x".repeat(60)))],
  ])("%s is no question", (_, message) => {
    expect(readQuestion(message)).toBeUndefined();
  });

  test("any bytes are read or refused, and nothing else happens", () => {
    const random = new SeededRandom(42);
    for (let turn = 0; turn < 20_000; turn++) {
      const message = Buffer.from(question(["web", "blue"], 1, { size: 1000 }));
      for (let changes = random.below(6); changes > 0; changes--)
        message[random.below(message.length)] = random.below(256);
      const piece = message.subarray(0, random.below(message.length + 1));
      const read = readQuestion(piece);
      if (read !== undefined) expect(writeAnswer(piece, read, 0).length).toBe(read.end);
    }
  });

  test("what does not fit into a datagram is left out, and said to be", () => {
    const message = question(["many"]);
    const read = readQuestion(message);
    if (read === undefined) throw new Error("not read");
    const answers: Answer[] = Array.from({ length: 100 }, () => ({ type: 1, content: Buffer.alloc(4) }));
    const small = writeAnswer(message, read, 0, answers, read.room);
    expect([small.length <= 512, isCut(small)]).toEqual([true, true]);
    const whole = writeAnswer(message, read, 0, answers);
    expect([countOf(whole), isCut(whole)]).toEqual([100, false]);
  });
});

describe("who answers for names", () => {
  let resolver: Resolver;
  let view: View | undefined;

  beforeEach(async () => {
    view = {
      addressesOf: (name) =>
        ({ web: ["10.0.0.2", "fd00::2"], many: Array.from({ length: 60 }, (_, i) => `10.0.1.${i}`) })[name],
      nameOf: (address) => (address === "10.0.0.2" ? "web.blue" : undefined),
      servers: () => Promise.resolve([]),
    };
    resolver = await Resolver.open("127.0.0.1", () => view);
  });
  afterEach(() => resolver[Symbol.asyncDispose]());

  async function ask(message: Buffer): Promise<Buffer | "silence"> {
    const socket = createSocket("udp4");
    try {
      socket.send(message, resolver.port, "127.0.0.1");
      return await Promise.race([
        once(socket, "message").then(([answer]) => answer as Buffer),
        wait(300, "silence" as const),
      ]);
    } finally {
      socket.close();
    }
  }

  async function askTcp(...pieces: Buffer[]): Promise<Buffer> {
    const socket = connect(resolver.port, "127.0.0.1");
    const got: Buffer[] = [];
    socket.on("data", (piece: Buffer) => got.push(piece));
    for (const piece of pieces) socket.write(piece);
    while (
      Buffer.concat(got).length < 2 ||
      Buffer.concat(got).length < 2 + Buffer.concat(got).readUInt16BE(0)
    )
      await once(socket, "data");
    socket.destroy();
    return Buffer.concat(got).subarray(2);
  }

  test("one address for each family, and none is no error", async () => {
    const answers = await Promise.all([1, 28, 15, 255].map((type) => ask(question(["web"], type))));
    expect(
      answers.map((answer) => (answer === "silence" ? answer : [codeOf(answer), countOf(answer)])),
    ).toEqual([
      [0, 1],
      [0, 1],
      [0, 0],
      [0, 2],
    ]);
    expect((answers[0] as Buffer).subarray(-4).join(".")).toBe("10.0.0.2");
  });

  test("backwards", async () => {
    const answer = (await ask(question(["2", "0", "0", "10", "in-addr", "arpa"], 12))) as Buffer;
    expect(answer.subarray(-10).toString("latin1")).toBe("\x03web\x04blue\0");
  });

  test("a long answer is cut, and comes whole by TCP, also in pieces", async () => {
    expect(isCut((await ask(question(["many"]))) as Buffer)).toBe(true);
    const message = question(["many"]);
    const framed = Buffer.concat([Buffer.from([0, message.length]), message]);
    expect(countOf(await askTcp(framed.subarray(0, 1), framed.subarray(1, 9), framed.subarray(9)))).toBe(60);
  });

  test("nothing is said to who is no container, nor to what is no question", async () => {
    expect(await ask(Buffer.from("hello"))).toBe("silence");
    view = undefined;
    expect(await ask(question(["web"]))).toBe("silence");
  });

  test("where nobody may be asked, other names fail; where nobody answers, too", async () => {
    expect(codeOf((await ask(question(["elsewhere"]))) as Buffer)).toBe(2);
  });
});
