import { readFile } from "node:fs/promises";
import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";
import { text, texts, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { environmentOf } from "../request/environment.ts";
import { refusalText } from "../show/each.ts";
import { joinStreams } from "../terminal/session.ts";
import { followSize } from "../terminal/signals.ts";

export const exec = verb({
  usage: "[flags] CONTAINER COMMAND [ARG...]",
  flags: {
    detach: yes("leave it running", "d"),
    "detach-keys": text("keys that leave it running, such as ctrl-p,ctrl-q", undefined, { value: "keys" }),
    env: texts("an environment variable", "e", { value: "name=value" }),
    "env-file": texts("a file of environment variables", undefined, { value: "file", offers: "files" }),
    interactive: yes("send it what is typed", "i"),
    privileged: yes("all rights over this host"),
    tty: yes("give it a terminal", "t"),
    user: text("the user it runs as, as name or uid:gid", "u", { value: "user" }),
    workdir: text("the folder it begins in", "w", { value: "folder" }),
  },
  takes: [2, any],
  passesOn: true,
  offers: ["running", "nothing"],
  examples: [
    ["wherry exec -it web sh", "a shell in a container that runs"],
    [
      "wherry exec -u postgres db psql -c 'select 1'",
      "one command as another user; its exit code is the command's",
    ],
  ],
  async run({ daemon, flags, args: [name = "", ...command] }) {
    const stdin = flags.interactive && !flags.detach;
    if (stdin && flags.tty && !process.stdin.isTTY)
      throw new CommandError("the input device is not a TTY; leave -t out, or run this in a terminal");
    const { columns, rows } = process.stdout;
    const size = flags.tty && process.stdout.isTTY ? { ConsoleSize: [rows, columns] } : {};
    const files = await Promise.all(flags["env-file"].map((file) => readFile(file, "utf8")));
    const body = {
      User: flags.user ?? "",
      Privileged: flags.privileged,
      Tty: flags.tty,
      AttachStdin: stdin,
      AttachStdout: !flags.detach,
      AttachStderr: !flags.detach,
      Detach: flags.detach,
      DetachKeys: flags["detach-keys"] ?? "",
      Env: environmentOf(files, flags.env, process.env),
      WorkingDir: flags.workdir ?? "",
      Cmd: command,
      ...size,
    };
    const { Id } = await daemon.post<{ Id: string }>(`/containers/${part(name)}/exec`, {}, body);
    const begin = { Detach: flags.detach, Tty: flags.tty, ...size };
    try {
      if (flags.detach) {
        await daemon.post(`/exec/${Id}/start`, {}, begin);
        return 0;
      }
      const joined = joinStreams(await daemon.hijack(`/exec/${Id}/start`, {}, begin), {
        tty: flags.tty,
        stdin,
        detachKeys: flags["detach-keys"],
      });
      const stopSize = flags.tty ? followSize(daemon, `/exec/${Id}/resize`) : () => {};
      const outcome = await joined;
      stopSize();
      if (outcome === "detached") return 0;
    } catch (error) {
      if (!(error instanceof DaemonError)) throw error;
      throw new CommandError(
        refusalText(error),
        /executable file not found/.test(error.message) ? 127 : 126,
        { cause: error },
      );
    }
    return (await daemon.get<{ ExitCode: number | null }>(`/exec/${Id}/json`)).ExitCode ?? 0;
  },
});
