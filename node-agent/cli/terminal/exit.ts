import { CommandError } from "../command-error.ts";
import { type Daemon, readAll } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";

/**
 * Has the engine watch a container. It does once this resolves; what that gives is called for the exit code.
 *
 * @throws DaemonError.
 */
export async function waitFor(
  daemon: Daemon,
  id: string,
  condition: "next-exit" | "removed" | "not-running",
): Promise<() => Promise<number>> {
  const response = await daemon.stream("POST", `/containers/${id}/wait`, { query: { condition } });
  const answer = readAll(response).then((text) => {
    const { StatusCode, Error: wrong } = JSON.parse(text) as {
      StatusCode: number;
      Error?: { Message?: string } | null;
    };
    if (wrong?.Message) throw new CommandError(wrong.Message, 125);
    return StatusCode;
  });
  // It is looked at later, or by nobody.
  answer.catch(() => {});
  return () => answer;
}

/** A container that did not start, with the code that shells have for it: 127 no such program, 126 none that runs. */
export function ofStart(error: unknown): unknown {
  if (!(error instanceof DaemonError)) return error;
  const { message } = error;
  const missing = /executable file not found|no such file or directory|system cannot find the file/.test(
    message,
  );
  const refused = /permission denied|is a directory/.test(message);
  const code = missing ? 127 : refused ? 126 : 125;
  return new CommandError(`Error response from daemon: ${message}`, code, { cause: error });
}
