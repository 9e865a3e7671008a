import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import { requireProgram } from "../../../node-agent/host/exec.ts";
import { ConmonRuntime } from "../../../node-agent/runtime/index.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { runtimeContract } from "./contract.ts";

describeNeeding([root, programs("conmon", "runc", "socat", "busybox")], "conmon and runc", () => {
  runtimeContract((folder) => ConmonRuntime.open(folder, requireProgram("runc")));
});

describeNeeding([root, programs("conmon", "crun", "socat", "busybox", "unshare")], "conmon and crun", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "wherry-crun-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  // On a host that mixes both versions of cgroups crun works where it does not see the second.
  const program = path.join(folder, "crun");
  const hidden = 'umount /sys/fs/cgroup/unified 2>/dev/null; exec crun "$@"';
  writeFileSync(program, `#!/bin/sh\nexec unshare --mount sh -c '${hidden}' sh "$@"\n`, { mode: 0o755 });
  runtimeContract((place) => ConmonRuntime.open(place, program));
});
