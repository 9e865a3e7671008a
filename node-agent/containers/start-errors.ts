import { HubError } from "#shared/errors";

/** How a start has failed, in the terms that clients know. */
export interface StartFailure {
  /** Of the container, and of `docker run`: 127 for a command that is not there, 126 for one that cannot be run, else 128. */
  exitCode: number;
  error: HubError;
}

/**
 * Reads a runtime's words. The docker command finds out from this text whether it ends with 127, 126 or 125; so runc's words are
 * kept, and crun's are put into them.
 */
export function startFailure(said: string, command: "create" | "exec" = "create"): StartFailure {
  const words = inRuncsWords(said.trim()) || "the runtime has said nothing";
  const before =
    command === "create" ? "failed to create task for container: failed to create shim task: " : "";
  const text = `${before}OCI runtime ${command} failed: ${words}: unknown`;
  const lower = words.toLowerCase();
  const has = (...parts: string[]) => parts.some((part) => lower.includes(part));
  if (has("not a directory"))
    return failure(
      127,
      `${text}: Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type`,
    );
  if (has("executable file not found", "no such file or directory", "system cannot find the file specified"))
    return failure(127, text);
  if (has("permission denied", "is a directory", "exec format error")) return failure(126, text);
  return { exitCode: 128, error: new HubError("unavailable", text) };
}

const failure = (exitCode: number, text: string): StartFailure => ({
  exitCode,
  error: new HubError("invalid", text),
});

function inRuncsWords(said: string): string {
  const [, missing] = /executable file [`'"]?(.+?)['"`]? not found in \$PATH/.exec(said) ?? [];
  if (missing !== undefined)
    return `runc create failed: unable to start container process: exec: "${missing}": executable file not found in $PATH`;
  const [, place, reason] =
    /(?:open executable|cannot find|stat)\s*[`'"]?(\/[^`'":]*)['"`]?: (.+)$/i.exec(said) ?? [];
  if (place !== undefined && !said.includes("runc"))
    return `runc create failed: unable to start container process: exec: "${place}": stat ${place}: ${reason?.toLowerCase()}`;
  return said;
}
