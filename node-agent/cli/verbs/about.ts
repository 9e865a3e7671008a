import { nameOf } from "../client/address.ts";
import { text } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { complain, say } from "../show/print.ts";
import { binarySize } from "../show/sizes.ts";
import { compileTemplate, toJson } from "../template/index.ts";
import { ownVersion } from "../own-version.ts";

const format = text("json, or a template such as `{{.ServerVersion}}`", "f");

interface EngineVersion {
  Platform?: { Name?: string };
  Version: string;
  ApiVersion: string;
  MinAPIVersion: string;
  Os: string;
  Arch: string;
  KernelVersion: string;
}

export const version = verb({
  usage: "[flags]",
  flags: { format },
  takes: [0, 0],
  examples: [["wherry version -f '{{.Server.Version}}'", "the engine's alone"]],
  async run({ daemon, flags }) {
    const client = {
      Version: await ownVersion(),
      NodeVersion: process.version,
      Os: process.platform,
      Arch: process.arch,
    };
    const wanted = flags.format ?? "";
    const server = await daemon.get<EngineVersion>("/version").catch((error: unknown) => error as Error);
    if (wanted !== "") {
      if (server instanceof Error) throw server;
      const both = { Client: client, Server: server };
      say(wanted === "json" ? toJson(both) : compileTemplate(wanted)(both));
      return 0;
    }
    say(
      `Client: Wherry\n Version:           ${client.Version}\n Node version:      ${client.NodeVersion}\n OS/Arch:           ${client.Os}/${client.Arch}`,
    );
    if (server instanceof Error) {
      complain(server.message);
      return 1;
    }
    say(`\nServer: ${server.Platform?.Name || "Docker"} at ${nameOf(daemon.address)}`);
    say(
      ` Version:           ${server.Version}\n API version:       ${server.ApiVersion} (minimum version ${server.MinAPIVersion})`,
    );
    say(` OS/Arch:           ${server.Os}/${server.Arch}\n Kernel version:    ${server.KernelVersion}`);
    return 0;
  },
});

/** What `info` shows, in this order; what the engine does not say is left out. */
const lines: readonly (readonly [string, string, ((value: never) => string)?])[] = [
  ["Containers", "Containers"],
  [" Running", "ContainersRunning"],
  [" Paused", "ContainersPaused"],
  [" Stopped", "ContainersStopped"],
  ["Images", "Images"],
  ["Server Version", "ServerVersion"],
  ["Storage Driver", "Driver"],
  ["Logging Driver", "LoggingDriver"],
  ["Cgroup Driver", "CgroupDriver"],
  ["Cgroup Version", "CgroupVersion"],
  ["Default Runtime", "DefaultRuntime"],
  ["Security Options", "SecurityOptions", (options: string[] | null) => (options ?? []).join(" ")],
  ["Kernel Version", "KernelVersion"],
  ["Operating System", "OperatingSystem"],
  ["OSType", "OSType"],
  ["Architecture", "Architecture"],
  ["CPUs", "NCPU"],
  ["Total Memory", "MemTotal", binarySize],
  ["Name", "Name"],
  ["ID", "ID"],
  ["Docker Root Dir", "DockerRootDir"],
];

export const systemState = verb({
  usage: "[flags]",
  flags: { format },
  takes: [0, 0],
  examples: [["wherry info -f '{{.ContainersRunning}} of {{.Containers}} run'", "one line of it"]],
  async run({ daemon, flags }) {
    const state = await daemon.get<Record<string, unknown>>("/info");
    const wanted = flags.format ?? "";
    if (wanted !== "") {
      say(wanted === "json" ? toJson(state) : compileTemplate(wanted)(state));
      return;
    }
    say(`Client: Wherry ${await ownVersion()}\n\nServer: ${nameOf(daemon.address)}`);
    for (const [name, field, shown] of lines)
      if (state[field] !== undefined && state[field] !== "")
        say(
          ` ${name}: ${shown === undefined ? `${state[field] as string | number}` : shown(state[field] as never)}`,
        );
    for (const warning of (state["Warnings"] as string[] | null) ?? []) complain(warning);
  },
});
