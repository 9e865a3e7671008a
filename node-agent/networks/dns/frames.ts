import type { Socket } from "node:net";

/** Messages of DNS over TCP have their length before them (RFC 1035, section 4.2.2). */
export function writeFrame(socket: Socket, message: Uint8Array): void {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  socket.write(Buffer.concat([length, message]));
}

/** Calls back with each message that has come whole. */
export function readFrames(socket: Socket, onMessage: (message: Buffer) => void): void {
  let kept = Buffer.alloc(0);
  socket.on("data", (piece: Buffer) => {
    kept = Buffer.concat([kept, piece]);
    while (kept.length >= 2) {
      const end = 2 + kept.readUInt16BE(0);
      if (kept.length < end) return;
      const message = Buffer.from(kept.subarray(2, end));
      kept = kept.subarray(end);
      onMessage(message);
    }
  });
}
