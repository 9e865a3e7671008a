import { HubError } from "#shared/errors";
import type { Namespace, NamespaceKind } from "../../runtime/index.ts";
import type { HostConfig } from "../create-body.ts";
import type { HostFacts } from "./host-facts.ts";

/** The network a container starts in: one of its own without anything, the host's, or one that has been made. */
export type NetworkPlace = { kind: "none" } | { kind: "host" } | { kind: "path"; path: string };

/** The first process of each container whose namespaces this one shares, by the kind of namespace. */
export type SharedWith = Readonly<Partial<Record<"pid" | "ipc", number>>>;

/**
 * The namespaces of a container: its own, but for those it has from the host or from another container.
 *
 * @throws HubError `invalid` for a mode that there is none of.
 */
export function namespacesOf(
  hostConfig: HostConfig,
  host: HostFacts,
  network: NetworkPlace,
  shared: SharedWith,
): Namespace[] {
  const { PidMode, IpcMode, UTSMode, CgroupnsMode, Privileged } = hostConfig;
  const found: (Namespace | undefined)[] = [
    { type: "mount" },
    network.kind === "host"
      ? undefined
      : { type: "network", ...(network.kind === "path" ? { path: network.path } : {}) },
    modal("pid", PidMode, ["", "private"], shared.pid),
    modal("ipc", IpcMode, ["", "private", "shareable", "none"], shared.ipc),
    modal("uts", UTSMode, ["", "private"], undefined),
    // As Docker does: of its own where cgroup v2 is, else the host's.
    modal(
      "cgroup",
      CgroupnsMode || (host.cgroups === "v2" && !Privileged ? "private" : "host"),
      ["private"],
      undefined,
    ),
    remapped(hostConfig, host) ? { type: "user" } : undefined,
  ];
  return found.filter((namespace) => namespace !== undefined);
}

/** Whether the container's users are others on the host. */
export function remapped({ UsernsMode, Privileged }: HostConfig, host: HostFacts): boolean {
  if (UsernsMode !== "" && UsernsMode !== "host")
    throw new HubError("invalid", `invalid userns mode: ${UsernsMode}; it is "host" or nothing`);
  if (host.remap === undefined || UsernsMode === "host") return false;
  if (Privileged)
    throw new HubError(
      "invalid",
      "privileged mode is incompatible with user namespaces.  You must run the container in the host namespace when running privileged mode",
    );
  return true;
}

/** The container that a mode such as `container:web` names. */
export function sharedContainer(mode: string): string | undefined {
  return mode.startsWith("container:") ? mode.slice("container:".length) : undefined;
}

function modal(
  type: NamespaceKind,
  mode: string,
  own: readonly string[],
  shared: number | undefined,
): Namespace | undefined {
  if (own.includes(mode)) return { type };
  if (mode === "host") return undefined;
  if (sharedContainer(mode) !== undefined && shared !== undefined)
    return { type, path: `/proc/${shared}/ns/${type}` };
  throw new HubError(
    "invalid",
    `invalid ${type === "ipc" || type === "pid" ? type.toUpperCase() : type} mode: ${mode}`,
  );
}
