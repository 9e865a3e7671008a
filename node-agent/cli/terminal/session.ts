import type { Hijacked } from "../client/daemon.ts";
import { DetachKeys } from "./detach-keys.ts";
import { copy, unframe } from "./frames.ts";

export interface SessionOptions {
  /** The container has a terminal: what comes is not framed. */
  tty: boolean;
  /** What is typed goes to it. */
  stdin: boolean;
  detachKeys: string | undefined;
}

/**
 * Joins this terminal, or these streams, to those of a container, until its output ends. With a terminal on both sides, each key goes
 * there as it is pressed.
 *
 * @returns how it ended: `detached` by the keys.
 */
export async function joinStreams(
  { socket }: Hijacked,
  { tty, stdin, detachKeys }: SessionOptions,
): Promise<"ended" | "detached"> {
  const detached = Promise.withResolvers<"detached">();
  const stop = stdin
    ? feed(socket, tty ? new DetachKeys(detachKeys) : undefined, () => detached.resolve("detached"))
    : undefined;
  // Without input, the other side is told so at once.
  if (!stdin) socket.end();
  const output = tty
    ? copy(socket, process.stdout)
    : unframe(socket, { stdout: process.stdout, stderr: process.stderr });
  try {
    return await Promise.race([
      output.then(
        () => "ended" as const,
        () => "ended" as const,
      ),
      detached.promise,
    ]);
  } finally {
    stop?.();
    socket.destroy();
  }
}

function feed(socket: Hijacked["socket"], keys: DetachKeys | undefined, detached: () => void): () => void {
  const { stdin } = process;
  const raw = keys !== undefined && stdin.isTTY;
  if (raw) stdin.setRawMode(true);
  const typed = (bytes: Buffer) => {
    const taken = keys?.take(bytes) ?? { passed: bytes, detached: false };
    if (taken.detached) detached();
    else if (!socket.write(taken.passed)) {
      stdin.pause();
      socket.once("drain", () => stdin.resume());
    }
  };
  const ended = () => void socket.end();
  stdin.on("data", typed).once("end", ended);
  socket.on("error", () => {});
  return () => {
    stdin.off("data", typed).off("end", ended);
    if (raw) stdin.setRawMode(false);
    stdin.pause();
  };
}
