import { finished } from "node:stream/promises";
import type { Readable } from "node:stream";
import { HubError } from "#shared/errors";
import { z } from "zod";
import { writtenBytes } from "../containers/index.ts";
import { readBody } from "./body.ts";
import { type Call, parameter, type Route, sendEmpty, sendJson } from "./call.ts";
import { terminalSize } from "./containers.ts";
import { detachable, parseDetachKeys } from "./detach-keys.ts";
import { messageOf } from "./failure.ts";
import { type OutputStream, takeOver } from "./streams.ts";

export const execRoutes: readonly Route[] = [
  { method: "POST", path: "/containers/:id/exec", handle: create },
  { method: "POST", path: "/exec/:id/start", handle: start, upgrades: true },
  { method: "GET", path: "/exec/:id/json", handle: inspect },
  { method: "POST", path: "/exec/:id/resize", handle: resize },
];

const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const texts = z
  .array(z.string())
  .nullish()
  .transform((value) => value ?? []);
const createBody = z.object({
  Cmd: texts,
  Env: texts,
  User: text,
  WorkingDir: text,
  Tty: flag,
  AttachStdin: flag,
  Privileged: flag,
});
const startBody = z.object({ Detach: flag, Tty: flag });

async function create(call: Call): Promise<void> {
  const body = await readBody(call, createBody);
  const { id } = call.services.containers.createExec(parameter(call, "id"), {
    args: body.Cmd,
    env: body.Env,
    user: body.User,
    cwd: body.WorkingDir,
    tty: body.Tty,
    stdin: body.AttachStdin,
    privileged: body.Privileged,
  });
  sendJson(call.response, { Id: id }, 201);
}

async function start(call: Call): Promise<void> {
  const { services, response } = call;
  const id = parameter(call, "id");
  const { wish, running, exitCode, container } = services.containers.inspectExec(id);
  const { Detach } = await readBody(call, startBody);
  if (running || exitCode !== undefined) throw new HubError("conflict", `exec ${id} has already run`);
  if (!container.runs) throw new HubError("conflict", `container ${container.record.name} is not running`);
  if (Detach) {
    await services.containers.startExec(id, { detached: true });
    sendEmpty(response, 200);
    return;
  }
  const { input, output } = takeOver(call, wish.tty);
  try {
    await run(call, id, input, output);
  } catch (error) {
    // The client has its stream already: it finds the exit code by asking for the exec.
    await output.write("stdout", Buffer.from(`${messageOf(error)}\r\n`));
  }
  output.end();
}

async function run({ services }: Call, id: string, input: Readable, output: OutputStream): Promise<void> {
  const streams = await services.containers.startExec(id);
  if (streams === undefined) return;
  input.on("error", () => streams.stdin?.destroy());
  if (streams.stdin === undefined) input.resume();
  else if (streams.kind === "terminal")
    input.pipe(detachable(parseDetachKeys(null), () => output.end())).pipe(streams.stdin);
  else input.pipe(streams.stdin);
  if (streams.kind === "piped") {
    const copy = async (name: "stdout" | "stderr") => {
      streams[name].on("data", (bytes: Buffer) => {
        streams[name].pause();
        void output.write(name, bytes).then(() => streams[name].resume());
      });
      await finished(streams[name]).catch(() => {});
    };
    await Promise.all([copy("stdout"), copy("stderr")]);
  } else
    for await (const entries of streams.output)
      for (const entry of entries) await output.write(entry.stream, writtenBytes(entry));
  await streams.exitCode.catch(() => {});
}

function inspect(call: Call): void {
  const { id, wish, running, exitCode, pid, container } = call.services.containers.inspectExec(
    parameter(call, "id"),
  );
  const [entrypoint = "", ...args] = wish.args;
  sendJson(call.response, {
    ID: id,
    Running: running,
    ExitCode: exitCode ?? null,
    ProcessConfig: {
      tty: wish.tty,
      entrypoint,
      arguments: args,
      privileged: wish.privileged,
      ...(wish.user === "" ? {} : { user: wish.user }),
    },
    OpenStdin: wish.stdin,
    OpenStderr: true,
    OpenStdout: true,
    CanRemove: false,
    ContainerID: container.id,
    DetachKeys: "",
    Pid: pid,
  });
}

async function resize(call: Call): Promise<void> {
  await call.services.containers.resizeExec(parameter(call, "id"), ...terminalSize(call.query));
  sendEmpty(call.response, 200);
}
