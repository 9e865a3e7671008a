import { HubError } from "#shared/errors";
import type { HostConfig } from "../create-body.ts";
import { remapped, type NetworkPlace } from "./namespaces.ts";
import type { HostFacts } from "./host-facts.ts";

/** Of the IPC namespace. */
const ofIpc = [
  /^kernel\.(?:msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)$/,
  /^fs\.mqueue\.[\w.]+$/,
];
/** Of the UTS namespace. */
const ofUts = /^kernel\.domainname$/;
const ofNetwork = /^net\.[\w.*/-]+$/;

/**
 * Settings of the kernel that are the container's own, and no others: the rest would be the host's.
 *
 * @throws HubError `invalid` for a setting of a namespace that the container has not, or of none.
 */
export function sysctlsOf(
  hostConfig: HostConfig,
  host: HostFacts,
  network: NetworkPlace,
): Record<string, string> {
  const ownNetwork = network.kind !== "host";
  const given = Object.fromEntries(
    Object.entries(hostConfig.Sysctls).map(([name, value]) => [name.replaceAll("/", "."), value]),
  );
  for (const name of Object.keys(given)) {
    const [kind, own] = ofNetwork.test(name)
      ? (["network", ownNetwork] as const)
      : ofIpc.some((pattern) => pattern.test(name))
        ? (["IPC", hostConfig.IpcMode !== "host"] as const)
        : ofUts.test(name)
          ? (["UTS", hostConfig.UTSMode !== "host"] as const)
          : (["", false] as const);
    if (kind === "") throw new HubError("invalid", `sysctl "${name}" is not in a separate kernel namespace`);
    if (!own) throw new HubError("invalid", `sysctl "${name}" not allowed in host ${kind} namespace`);
  }
  // Ports below 1024 and ping are no rights over the host in a network of one's own.
  const usual =
    ownNetwork && !remapped(hostConfig, host)
      ? { "net.ipv4.ip_unprivileged_port_start": "0", "net.ipv4.ping_group_range": "0 2147483647" }
      : ownNetwork
        ? { "net.ipv4.ip_unprivileged_port_start": "0" }
        : {};
  return { ...usual, ...given };
}
