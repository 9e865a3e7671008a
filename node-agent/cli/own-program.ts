import { spawn } from "node:child_process";
import { codeOf } from "../host/files.ts";

/**
 * Runs a program of the user's as they would: found along their PATH, with their environment. It gets `input` and has to end on its own.
 *
 * @returns undefined when there is no such program.
 */
export async function runOwn(
  program: string,
  args: readonly string[],
  input: string,
): Promise<{ code: number; said: string } | undefined> {
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  const listen = (chunk: Buffer) => void (said += chunk.toString());
  child.stdout.on("data", listen);
  child.stderr.on("data", listen);
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once("error", reject);
  child.once("close", (code) => resolve(code ?? -1));
  try {
    return { code: await promise, said: said.trim() };
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}
