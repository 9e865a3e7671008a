import { refuse } from "./refuse.ts";
import { parseBytes } from "./sizes.ts";

/** `nofile=1024:2048`, `nproc=100`; -1 for no limit. @throws CommandError. */
export function parseUlimit(text: string): { Name: string; Soft: number; Hard: number } {
  const [, Name = "", soft = "", hard = soft] = /^([a-z]+)=(-?\d+)(?::(-?\d+))?$/.exec(text) ?? [];
  const [Soft, Hard] = [Number(soft), Number(hard)];
  if (Name === "" || (Hard !== -1 && (Soft === -1 || Soft > Hard)))
    throw refuse("--ulimit", text, "nofile=1024 or nofile=1024:2048, the soft limit not above the hard one");
  return { Name, Soft, Hard };
}

/** `/dev/fuse`, `/dev/sda:/dev/xvda:rwm`, `/dev/sda:r`. @throws CommandError. */
export function parseDevice(text: string): {
  PathOnHost: string;
  PathInContainer: string;
  CgroupPermissions: string;
} {
  const [host = "", second, third] = text.split(":");
  const rights = (part: string | undefined) => part !== undefined && /^[rwm]{1,3}$/.test(part);
  const [inside, allowed] =
    rights(second) && third === undefined ? [host, second] : [second ?? host, third ?? "rwm"];
  if (!host.startsWith("/") || !inside.startsWith("/") || !rights(allowed) || text.split(":").length > 3)
    throw refuse("--device", text, "/dev/fuse or /dev/sda:/dev/xvda:rwm");
  return { PathOnHost: host, PathInContainer: inside, CgroupPermissions: allowed ?? "rwm" };
}

/** `/dev/sda:1mb` or `/dev/sda:1000`. @param bytes whether the rate is a size. @throws CommandError. */
export function parseRate(flag: string, text: string, bytes: boolean): { Path: string; Rate: number } {
  const [, Path = "", rate = ""] = /^(\/dev\/[^:]+):(.+)$/.exec(text) ?? [];
  if (Path === "" || (!bytes && !/^\d+$/.test(rate)))
    throw refuse(flag, text, bytes ? "/dev/sda:1mb" : "/dev/sda:1000");
  return { Path, Rate: bytes ? parseBytes(flag, rate) : Number(rate) };
}

/** `/dev/sda:500`. @throws CommandError. */
export function parseWeight(text: string): { Path: string; Weight: number } {
  const { Path, Rate } = parseRate("--blkio-weight-device", text, false);
  return { Path, Weight: Rate };
}

/** `no`, `always`, `unless-stopped`, `on-failure:3`. @throws CommandError. */
export function parseRestart(text: string): { Name: string; MaximumRetryCount: number } {
  const [, Name = "", count = "0"] = /^(no|always|unless-stopped|on-failure)(?::(\d+))?$/.exec(text) ?? [];
  if (Name === "" || (Name !== "on-failure" && count !== "0"))
    throw refuse("--restart", text, "no, always, unless-stopped, on-failure or on-failure:3");
  return { Name, MaximumRetryCount: Number(count) };
}

/** `web:10.0.0.2`, `web=10.0.0.2`, `gate:host-gateway`, as the engine takes it. @throws CommandError. */
export function parseHost(text: string): string {
  const at = text.includes("=") ? text.indexOf("=") : text.indexOf(":");
  const [name, address] = [text.slice(0, at), text.slice(at + 1).replace(/^\[(.*)\]$/, "$1")];
  if (at < 1 || !/^(?:host-gateway|[\da-fA-F:.]+)$/.test(address))
    throw refuse("--add-host", text, "name:10.0.0.2 or name:host-gateway");
  return `${name}:${address}`;
}

/** `net_admin` as the kernel has it: CAP_NET_ADMIN. */
export function capability(text: string): string {
  const name = text.toUpperCase();
  return name === "ALL" || name.startsWith("CAP_") ? name : `CAP_${name}`;
}

/** `all`, `2`, or `device=0`. @throws CommandError. */
export function parseGpus(text: string): { Count: number; DeviceIDs?: string[]; Capabilities: string[][] } {
  const Capabilities = [["gpu"]];
  const [, list] = /^"?device=([^"]+)"?$/.exec(text) ?? [];
  if (list !== undefined) return { Count: 0, DeviceIDs: list.split(","), Capabilities };
  if (text !== "all" && !/^\d+$/.test(text)) throw refuse("--gpus", text, "all, 2 or device=0");
  return { Count: text === "all" ? -1 : Number(text), Capabilities };
}
