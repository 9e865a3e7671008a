import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { ContainerRecord } from "./store.ts";
import type { OwnFiles } from "./spec/mounts.ts";
import type { NetworkPlace } from "./spec/namespaces.ts";

/** Where a container's root file system comes from: the image store, or anything else that mounts one in a folder. */
export interface RootfsSource {
  /** From now on the image stays for a container that is to be mounted in that folder, until `removeRootfs`. */
  hold(image: string, folder: string): void;
  /** Doing it again gives the same. @returns what the image says of containers, and where it is mounted. */
  mountRootfs(image: string, folder: string): Promise<{ path: string }>;
  /** Takes the mount away, and keeps what was written. */
  release(folder: string): Promise<void>;
  /** Takes everything away. */
  removeRootfs(folder: string): Promise<void>;
}

/** What a container's network gives it. */
export interface PreparedNetwork {
  place: NetworkPlace;
  /** The contents of /etc/hosts and /etc/resolv.conf, whole; without, those of the host with what the container adds. */
  hosts?: string;
  resolv?: string;
}

/** Where a container's network comes from. Both are asked for before each start and after each end, also twice. */
export interface NetworkSource {
  prepare(record: ContainerRecord): Promise<PreparedNetwork>;
  release(record: ContainerRecord): Promise<void>;
}

/** Writes the files that a container gets from its host. */
export async function writeOwnFiles(
  folder: string,
  { config }: ContainerRecord,
  network: PreparedNetwork,
): Promise<OwnFiles> {
  const { Hostname, HostConfig } = config;
  const { Dns, DnsSearch, DnsOptions, ExtraHosts } = HostConfig;
  const base =
    network.place.kind === "host"
      ? await readFile("/etc/hosts", "utf8").catch(() => "")
      : `127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n${Hostname === "" ? "" : `127.0.1.1\t${Hostname}\n`}`;
  const extra = ExtraHosts.map((entry) => {
    const at = entry.search(/[:=]/);
    return `${entry.slice(at + 1)}\t${entry.slice(0, at)}\n`;
  });
  const ofHost = await readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const resolv = [
    ...(Dns.length > 0
      ? Dns.map((server) => `nameserver ${server}`)
      : ofHost.split("\n").filter((line) => /^\s*nameserver\s/.test(line))),
    ...(DnsSearch.length > 0
      ? [`search ${DnsSearch.join(" ")}`]
      : ofHost.split("\n").filter((line) => /^\s*(?:search|domain)\s/.test(line))),
    ...(DnsOptions.length > 0
      ? [`options ${DnsOptions.join(" ")}`]
      : ofHost.split("\n").filter((line) => /^\s*options\s/.test(line))),
  ];
  const files = {
    hostname: `${Hostname}\n`,
    hosts: network.hosts ?? base + extra.join(""),
    resolv: network.resolv ?? `${resolv.join("\n")}\n`,
  };
  await mkdir(path.join(folder, "files"), { recursive: true, mode: 0o755 });
  const written: Record<string, string> = {};
  for (const [name, content] of Object.entries(files)) {
    written[name] = path.join(folder, "files", name);
    // In place: a mount of it in another container's namespace would go on showing the old one.
    await writeFile(written[name], content, { mode: 0o644 });
  }
  return written;
}
