import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { connect, isIPv6 } from "node:net";
import { readFrames, writeFrame } from "./frames.ts";
import { type Question, readQuestion } from "./message.ts";

/** Milliseconds that one name server has to answer. */
const patience = 2500;
/** How many name servers are asked, one after the other. */
const mostServers = 3;

/**
 * Asks name servers what we do not know ourselves, the next when one does not answer.
 *
 * @returns the first answer, as it came but for its number; undefined when none has answered.
 */
export async function forward(
  message: Uint8Array,
  question: Question,
  servers: readonly string[],
  protocol: "udp" | "tcp",
): Promise<Buffer | undefined> {
  for (const server of servers.slice(0, mostServers)) {
    const asked = Buffer.from(message);
    // Whoever guesses answers has to guess this, and the port.
    asked.writeUInt16BE(randomInt(65_536), 0);
    const answer = await (protocol === "udp" ? askUdp : askTcp)(server, asked);
    if (answer === undefined) continue;
    answer.writeUInt16BE(question.id, 0);
    return answer;
  }
  return undefined;
}

function askUdp(server: string, asked: Buffer): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = createSocket(isIPv6(server.split("%")[0] ?? "") ? "udp6" : "udp4");
  const timer = setTimeout(() => resolve(undefined), patience);
  socket.on("error", () => resolve(undefined));
  socket.on("message", (answer) => {
    if (answers(asked, answer)) resolve(answer);
  });
  // Connected: the kernel drops what comes from anybody else.
  socket.connect(53, server, () => socket.send(asked));
  return promise.finally(() => {
    clearTimeout(timer);
    socket.close();
  });
}

function askTcp(server: string, asked: Buffer): Promise<Buffer | undefined> {
  const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
  const socket = connect({ host: server, port: 53 });
  const timer = setTimeout(() => resolve(undefined), patience);
  socket.on("error", () => resolve(undefined)).on("close", () => resolve(undefined));
  readFrames(socket, (answer) => resolve(answers(asked, answer) ? answer : undefined));
  writeFrame(socket, asked);
  return promise.finally(() => {
    clearTimeout(timer);
    socket.destroy();
  });
}

/** Whether it is the answer to what was asked. */
function answers(asked: Buffer, answer: Buffer): boolean {
  if (
    answer.length < 12 ||
    answer.readUInt16BE(0) !== asked.readUInt16BE(0) ||
    (answer.readUInt8(2) & 0x80) === 0
  )
    return false;
  const again = Buffer.from(answer);
  again.writeUInt16BE(again.readUInt16BE(2) & 0x0100, 2);
  const [ours, theirs] = [readQuestion(asked), readQuestion(again)];
  // Some servers leave the question out of an error.
  if (theirs === undefined) return answer.readUInt16BE(4) === 0;
  return ours?.name === theirs.name && ours.type === theirs.type;
}
