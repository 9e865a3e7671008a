import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

interface CommandOptions {
  /** On top of the environment of this process. */
  env?: Readonly<Record<string, string>>;
  cwd?: string;
  input?: string;
  /** Milliseconds after which the command is killed and counts as failed. Default: one minute. */
  deadline?: number;
}

export interface Outcome {
  /** The exit code; 128 + n for death by signal n is not imitated: a killed command has code -1. */
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a command without a shell, and returns how it ended. @throws Error when it cannot be started. */
export function run(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<Outcome> {
  const child = spawn(findProgram(command) ?? command, args, {
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: options.deadline ?? 60_000,
    killSignal: "SIGKILL",
  });
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
  // A command that ends without reading its input is judged by its exit code.
  child.stdin.on("error", () => {});
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      resolve({
        code: code ?? -1,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString(),
      });
    });
  });
}

/** Runs a command and returns what it printed on standard output. @throws Error with all it printed when it fails. */
export async function succeed(
  command: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  const outcome = await run(command, args, options);
  if (outcome.code !== 0) {
    throw new Error(
      `${command} ${args.join(" ")} ended with code ${outcome.code}\n${outcome.stdout}${outcome.stderr}`.trim(),
    );
  }
  return outcome.stdout;
}

// Of the system before PATH: a developer's own docker may be of another version than the daemon we start.
const systemFolders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** Where a program is, or undefined. Looks in the system's folders, also those that only root's PATH has, then along PATH. */
export function findProgram(name: string): string | undefined {
  const folders = [...systemFolders, ...(process.env["PATH"] ?? "").split(path.delimiter)];
  return folders.map((folder) => path.join(folder, name)).find(isProgram);
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
