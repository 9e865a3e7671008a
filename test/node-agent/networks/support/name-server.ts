import { createSocket } from "node:dgram";

/** A name server for tests: `name-server.ts <address>`. It knows one name, and says "ready" when it listens. */
const [address = ""] = process.argv.slice(2);
const known = Buffer.from("\x05known\x07example\x04test\0", "latin1");
const socket = createSocket("udp4");
socket.on("message", (question, from) => {
  const isKnown = question.subarray(12, 12 + known.length).equals(known);
  const end = question.indexOf(0, 12) + 5;
  const head = Buffer.from(question.subarray(0, end));
  const isAddress = isKnown && head.readUInt16BE(end - 4) === 1;
  head.writeUInt16BE(isKnown ? 0x8180 : 0x8183, 2);
  head.writeUInt16BE(isAddress ? 1 : 0, 6);
  head.writeUInt32BE(0, 8);
  const answer = Buffer.from("c00c00010001000000000004c0000250", "hex");
  socket.send(isAddress ? Buffer.concat([head, answer]) : head, from.port, from.address);
});
socket.bind(53, address, () => console.log("ready"));
