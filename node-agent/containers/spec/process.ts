import path from "node:path";
import { HubError } from "#shared/errors";
import type { Process, Rlimit } from "../../runtime/index.ts";
import type { ContainerConfig } from "../create-body.ts";
import { capabilitySets, grantedCapabilities } from "./capabilities.ts";
import type { HostFacts } from "./host-facts.ts";
import { initPlace } from "./mounts.ts";
import { parseSecurityOptions } from "./security-options.ts";
import type { ResolvedUser } from "./user.ts";

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
const limits =
  "core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack".split(
    " ",
  );

/** What `exec` runs differs from the container's own process in these. */
export interface ProcessWish {
  args: string[];
  /** Added to the container's. */
  env: string[];
  cwd: string;
  tty: boolean;
  privileged: boolean;
}

/** The container's own process. @throws HubError `invalid`. */
export function mainProcess(config: ContainerConfig, user: ResolvedUser, host: HostFacts): Process {
  const [height, width] = config.HostConfig.ConsoleSize;
  const args = [...(config.Entrypoint ?? []).filter(Boolean), ...(config.Cmd ?? [])];
  return {
    ...processOf(config, user, host, {
      args: config.HostConfig.Init ? [initPlace, "--", ...args] : args,
      env: [],
      cwd: config.WorkingDir,
      tty: config.Tty,
      privileged: config.HostConfig.Privileged,
    }),
    ...(config.Tty && height > 0 && width > 0 ? { consoleSize: { height, width } } : {}),
  };
}

/** A process in a container. @throws HubError `invalid`. */
export function processOf(
  config: ContainerConfig,
  user: ResolvedUser,
  host: HostFacts,
  wish: ProcessWish,
): Process {
  const { HostConfig } = config;
  const privileged = wish.privileged;
  const security = parseSecurityOptions(HostConfig.SecurityOpt);
  const capabilities = grantedCapabilities(
    { add: HostConfig.CapAdd, drop: HostConfig.CapDrop, privileged },
    host.capabilities,
  );
  const rlimits = rlimitsOf(HostConfig.Ulimits, host);
  const apparmor = security.apparmor || host.apparmor;
  const { home, ...ids } = user;
  return {
    terminal: wish.tty,
    user: ids,
    args: wish.args,
    env: environment(config, wish, home),
    cwd: workingDirectory(wish.cwd),
    capabilities: capabilitySets(capabilities, user.uid),
    ...(rlimits.length === 0 ? {} : { rlimits }),
    noNewPrivileges: security.noNewPrivileges,
    ...(host.apparmor !== undefined && apparmor !== undefined && apparmor !== "unconfined" && !privileged
      ? { apparmorProfile: apparmor }
      : {}),
    ...(host.selinux && security.selinux !== undefined ? { selinuxLabel: security.selinux } : {}),
    ...(HostConfig.OomScoreAdj === 0 ? {} : { oomScoreAdj: oomScore(HostConfig.OomScoreAdj) }),
  };
}

/** What is written later wins; a name without a value takes the variable away. */
function environment({ Env, Hostname }: ContainerConfig, { env, tty }: ProcessWish, home: string): string[] {
  const variables = new Map([
    ["PATH", defaultPath],
    ["HOSTNAME", Hostname],
    ...(tty ? [["TERM", "xterm"] as const] : []),
    ["HOME", home],
  ]);
  for (const entry of [...Env, ...env]) {
    const at = entry.indexOf("=");
    if (at === 0) throw new HubError("invalid", `invalid environment variable: ${entry}`);
    if (at < 0) variables.delete(entry);
    else variables.set(entry.slice(0, at), entry.slice(at + 1));
  }
  return [...variables].map(([name, value]) => `${name}=${value}`);
}

function workingDirectory(text: string): string {
  if (text === "") return "/";
  if (!path.posix.isAbsolute(text))
    throw new HubError(
      "invalid",
      `the working directory '${text}' is invalid, it needs to be an absolute path`,
    );
  return path.posix.normalize(text);
}

function rlimitsOf(ulimits: ContainerConfig["HostConfig"]["Ulimits"], host: HostFacts): Rlimit[] {
  const found = ulimits.map(({ Name, Soft, Hard }) => {
    const name = Name.toLowerCase();
    if (!limits.includes(name)) throw new HubError("invalid", `invalid ulimit type: ${Name}`);
    const hard = Hard === -1 ? Number.MAX_SAFE_INTEGER : Hard;
    const soft = Soft === -1 ? hard : Soft;
    if (soft > hard)
      throw new HubError(
        "invalid",
        `ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`,
      );
    // Nobody without this can give more than they have: a lower limit is better than no container.
    const ceiling =
      name === "nofile" && !host.capabilities.includes("CAP_SYS_RESOURCE") ? host.openFiles : Infinity;
    return {
      type: `RLIMIT_${name.toUpperCase()}`,
      soft: Math.min(soft, ceiling),
      hard: Math.min(hard, ceiling),
    };
  });
  return found.filter(({ type }, at) => found.findLastIndex((other) => other.type === type) === at);
}

function oomScore(score: number): number {
  if (score >= -1000 && score <= 1000) return score;
  throw new HubError("invalid", `Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
}
