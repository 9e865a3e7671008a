import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import path from "node:path";

interface ExecuteOptions {
  cwd?: string;
  /** On top of a short environment of our own; nothing else of the agent's is passed on. */
  env?: Readonly<Record<string, string>>;
  input?: string | Uint8Array;
  /** Milliseconds after which the program is killed. Default: one minute. */
  deadline?: number;
  /** Kills the program when it aborts. */
  signal?: AbortSignal;
}

export interface Outcome {
  /** Undefined when a signal ended it. */
  code: number | undefined;
  signal: NodeJS.Signals | undefined;
  stdout: string;
  stderr: string;
}

/** A program of the host that is missing, could not be started, or did not do what it was asked. */
export class ProgramError extends Error {
  override name = "ProgramError";
  readonly program: string;
  readonly outcome: Outcome | undefined;

  constructor(program: string, message: string, options: { outcome?: Outcome; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.program = program;
    this.outcome = options.outcome;
  }
}

/** How much of what a program prints is kept, in bytes; the rest is read and dropped. */
const outputLimit = 4 * 1024 * 1024;

/**
 * Runs a program without a shell and returns how it ended.
 *
 * @throws ProgramError when it is not on this host, cannot be started, or runs past its deadline; the signal's reason when that aborts.
 */
export async function execute(
  program: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<Outcome> {
  options.signal?.throwIfAborted();
  const deadline = options.deadline ?? 60_000;
  const child = spawn(requireProgram(program), args, {
    cwd: options.cwd,
    env: { ...environment, ...options.env },
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, deadline);
  const abort = () => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", abort);
  const [stdout, stderr] = [gather(child.stdout), gather(child.stderr)];
  // A program that ends without reading its input is judged by its exit code.
  child.stdin?.on("error", () => {});
  child.stdin?.end(options.input);
  try {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    child.once("error", reject);
    child.once("close", (code, signal) =>
      resolve({ code: code ?? undefined, signal: signal ?? undefined, stdout: stdout(), stderr: stderr() }),
    );
    const outcome = await promise;
    options.signal?.throwIfAborted();
    if (late) throw new ProgramError(program, `${program} took more than ${deadline / 1000} s`, { outcome });
    return outcome;
  } catch (error) {
    if (error instanceof ProgramError || options.signal?.aborted) throw error;
    throw new ProgramError(program, `${program} could not be started: ${String(error)}`, { cause: error });
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", abort);
  }
}

/**
 * Runs a program that has to succeed, and returns what it printed on its standard output.
 *
 * @throws ProgramError with the program's own words when its exit code is not 0, and as `execute` does.
 */
export async function succeed(
  program: string,
  args: readonly string[],
  options: ExecuteOptions = {},
): Promise<string> {
  const outcome = await execute(program, args, options);
  if (outcome.code === 0) return outcome.stdout;
  const end = outcome.signal === undefined ? `code ${outcome.code}` : outcome.signal;
  const said = (outcome.stderr.trim() || outcome.stdout.trim() || "it printed nothing").slice(-2000);
  throw new ProgramError(program, `${program} ended with ${end}: ${said}`, { outcome });
}

// Of the system before PATH: what runs as root should be what the distribution packages.
const systemFolders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** What programs get to see: untranslated messages, and the folders of the system. */
const environment = {
  PATH: [...systemFolders, "/usr/local/sbin", "/usr/local/bin"].join(path.delimiter),
  LC_ALL: "C",
};

const known = new Map<string, string>();

/** Where a program is, or undefined. Looks in the system's folders first, then along PATH. */
export function findProgram(name: string): string | undefined {
  if (path.isAbsolute(name)) return isProgram(name) ? name : undefined;
  const before = known.get(name);
  if (before !== undefined && isProgram(before)) return before;
  const folders = [...systemFolders, ...(process.env["PATH"] ?? "").split(path.delimiter)];
  const found = folders.map((folder) => path.join(folder, name)).find(isProgram);
  if (found !== undefined) known.set(name, found);
  return found;
}

/** @throws ProgramError when it is not on this host. */
export function requireProgram(name: string): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  throw new ProgramError(
    name,
    `The program ${name} is not on this host. Install it with the distribution's packages; \`wherry doctor\` names them.`,
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function gather(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on("data", (chunk: Buffer) => {
    if (size < outputLimit) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString();
}
