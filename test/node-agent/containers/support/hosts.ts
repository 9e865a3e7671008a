import { parseCreateBody } from "../../../../node-agent/containers/create-body.ts";
import { containerSpec, type SpecInput } from "../../../../node-agent/containers/spec.ts";
import type { HostFacts } from "../../../../node-agent/containers/spec/host-facts.ts";
import { capabilitiesOf } from "../../../../node-agent/containers/spec/capabilities.ts";

/** A usual server of today. */
export const server: HostFacts = {
  architecture: "x64",
  kernel: "6.1.0-18-amd64",
  cgroups: "v2",
  systemd: true,
  seccomp: true,
  apparmor: undefined,
  selinux: false,
  swap: true,
  cpus: 4,
  capabilities: capabilitiesOf("1ffffffffff"),
  init: "/usr/bin/tini",
  remap: undefined,
  openFiles: 1_048_576,
  devices: [{ path: "/dev/fuse", type: "c", major: 10, minor: 229 }],
};

const passwd = "root:x:0:0:root:/root:/bin/sh\nwww:x:33:34::/var/www:/bin/false\n# no entry\nbroken\n";
const group = "root:x:0:\nwww:x:34:\nmail:x:8:www,other\ntape:x:26:\n";

/** The specification of a container whose `create` body says so much, beside a command. */
export function specOf(
  body: { HostConfig?: object; [field: string]: unknown } = {},
  changes: Partial<SpecInput> = {},
) {
  return containerSpec({
    id: "c".repeat(64),
    config: parseCreateBody({ Cmd: ["true"], Hostname: "box", ...body }),
    rootfs: "/store/rootfs",
    users: { passwd, group },
    host: server,
    network: { kind: "none" },
    shared: {},
    bound: [],
    files: {},
    devices: [],
    deviceNumbers: () => ({ major: 8, minor: 0 }),
    ...changes,
  });
}
