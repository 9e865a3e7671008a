import { existsSync, readFileSync } from "node:fs";
import { arch, cpus, hostname, release, totalmem } from "node:os";
import { HubError } from "#shared/errors";
import { type Call, type Handler, type Route, sendJson } from "./call.ts";
import type { EngineEvent } from "./event-log.ts";
import { allows, readFilters } from "./filters.ts";
import { newestVersion, oldestVersion } from "./headers.ts";
import { moment } from "./times.ts";

const missing = (what: string): Handler => {
  return () => {
    throw new HubError("unsupported", `${what} not there yet in this engine`);
  };
};

export const systemRoutes: readonly Route[] = [
  { method: "HEAD", path: "/_ping", handle: ping },
  { method: "GET", path: "/_ping", handle: ping },
  { method: "GET", path: "/version", handle: version },
  { method: "GET", path: "/info", handle: about },
  { method: "GET", path: "/events", handle: events },
  { method: "GET", path: "/plugins", handle: ({ response }) => sendJson(response, []) },
  { method: "GET", path: "/containers/:id/stats", handle: missing("statistics are") },
  { method: "GET", path: "/containers/:id/changes", handle: missing("diff is") },
  { method: "GET", path: "/containers/:id/export", handle: missing("export is") },
  ...(["GET", "HEAD", "PUT"] as const).map((method): Route => ({
    method,
    path: "/containers/:id/archive",
    handle: missing("cp is"),
  })),
  { method: "POST", path: "/commit", handle: missing("commit is") },
  { method: "POST", path: "/build", handle: missing("building is") },
];

function ping({ response, request }: Call): void {
  response.writeHead(200, {
    "content-type": "text/plain; charset=utf-8",
    "cache-control": "no-cache, no-store, must-revalidate",
    "content-length": 2,
  });
  response.end(request.method === "HEAD" ? undefined : "OK");
}

/** The architecture in Go's words. */
const architecture = () => ({ x64: "amd64" })[arch() as "x64"] ?? arch();

/** Of a program that is not built, and not in Go. */
const built = { GitCommit: "", GoVersion: "", BuildTime: "" };

function version({ response }: Call): void {
  const own = {
    Version: "28.0.0",
    ApiVersion: `1.${newestVersion}`,
    MinAPIVersion: `1.${oldestVersion}`,
    Os: "linux",
    Arch: architecture(),
    KernelVersion: release(),
  };
  sendJson(response, {
    Platform: { Name: "Wherry" },
    Components: [
      { Name: "Engine", Version: own.Version, Details: { ...own, ...built, Experimental: "false" } },
    ],
    ...own,
    ...built,
  });
}

function about({ services, response }: Call): void {
  const states = services.containers.list().map(({ state }) => state.status);
  const count = (...wanted: string[]) => states.filter((status) => wanted.includes(status)).length;
  const [, system = "Linux"] = /^PRETTY_NAME="?([^"\n]*)/m.exec(readOr("/etc/os-release")) ?? [];
  sendJson(response, {
    ID: services.id,
    Name: hostname(),
    ServerVersion: "28.0.0",
    Containers: states.length,
    ContainersRunning: count("running", "restarting"),
    ContainersPaused: count("paused"),
    ContainersStopped: count("created", "exited", "dead", "removing"),
    Images: services.images.list().length,
    Driver: "overlay2",
    DriverStatus: [["Backing Filesystem", "extfs"]],
    Plugins: {
      Volume: ["local"],
      Network: ["bridge", "host", "null"],
      Authorization: null,
      Log: ["json-file"],
    },
    MemoryLimit: true,
    SwapLimit: true,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    IPv4Forwarding: true,
    OomKillDisable: true,
    LoggingDriver: "json-file",
    CgroupDriver: "cgroupfs",
    CgroupVersion: existsSync("/sys/fs/cgroup/cgroup.controllers") ? "2" : "1",
    Runtimes: { runc: { path: "runc" } },
    DefaultRuntime: "runc",
    Labels: [],
    KernelVersion: release(),
    OperatingSystem: system,
    OSType: "linux",
    Architecture: arch() === "x64" ? "x86_64" : "aarch64",
    NCPU: cpus().length,
    MemTotal: totalmem(),
    DockerRootDir: services.data,
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: {
      AllowNondistributableArtifactsCIDRs: [],
      AllowNondistributableArtifactsHostnames: [],
      InsecureRegistryCIDRs: ["127.0.0.0/8"],
      IndexConfigs: { "docker.io": { Name: "docker.io", Mirrors: [], Secure: true, Official: true } },
      Mirrors: [],
    },
    Swarm: {
      LocalNodeState: "inactive",
      ControlAvailable: false,
      NodeID: "",
      NodeAddr: "",
      RemoteManagers: null,
    },
    SecurityOptions: ["name=seccomp,profile=builtin"],
    SystemTime: new Date().toISOString(),
    Warnings: null,
  });
}

function readOr(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** By its whole name, or by that without the tag. */
function isNamed(attribute: string, wanted: string, attributes: Readonly<Record<string, string>>): boolean {
  const name = attributes[attribute] ?? "";
  return name === wanted || name.replace(/:[^:/]*$/, "") === wanted;
}

/** What there is no filter for is passed over, as Docker does here. */
function events({ services, query, response }: Call): void {
  const filters = readFilters(query);
  const [since, until] = [moment(query, "since"), moment(query, "until")];
  const wanted = ({ Type, Action, Actor: { ID, Attributes } }: EngineEvent) =>
    allows(filters, "type", (value) => Type === value) &&
    allows(filters, "event", (value) => Action === value || Action.startsWith(`${value}:`)) &&
    allows(
      filters,
      "container",
      (value) => Type === "container" && (ID.startsWith(value) || Attributes["name"] === value),
    ) &&
    allows(filters, "volume", (value) => Type === "volume" && ID.startsWith(value)) &&
    allows(
      filters,
      "image",
      (value) =>
        (Type === "image" && ID === value) || isNamed(Type === "image" ? "name" : "image", value, Attributes),
    ) &&
    allows(filters, "volume", (value) => Type === "volume" && ID.startsWith(value)) &&
    allows(
      filters,
      "network",
      (value) => Type === "network" && (ID.startsWith(value) || Attributes["name"] === value),
    ) &&
    allows(filters, "scope", (value) => value === "local") &&
    (filters.get("label") ?? []).every((label) => {
      const [name = "", ...rest] = label.split("=");
      return rest.length === 0 ? name in Attributes : Attributes[name] === rest.join("=");
    });
  const send = (event: EngineEvent) => {
    if (wanted(event)) response.write(`${JSON.stringify(event)}\n`);
  };
  response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
  if (since !== undefined)
    for (const event of services.events.past()) {
      const at = BigInt(event.timeNano);
      if (at >= since && (until === undefined || at <= until)) send(event);
    }
  const left = until === undefined ? undefined : Number(until / 1_000_000n) - Date.now();
  if (left !== undefined && left <= 0) {
    response.end();
    return;
  }
  const end = services.events.listen(send);
  const timer =
    left === undefined ? undefined : setTimeout(() => response.end(), Math.min(left, 2 ** 31 - 1));
  response.once("close", () => {
    end();
    clearTimeout(timer);
  });
}
