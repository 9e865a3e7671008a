import path from "node:path";
import { expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { makeRootfs } from "../support/rootfs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { openContainers, written } from "./support/host.ts";

const count = 20;
const lines = 7200;

describeNeeding(
  [root, programs("conmon", "runc", "socat", "busybox")],
  "twenty containers that print",
  () => {
    test("lose no line, neither to who follows nor in the log", { timeout: 120_000 }, async () => {
      await using folder = await TemporaryFolder.make();
      await makeRootfs(path.join(folder.path, "image"));
      const { containers } = await openContainers(folder.path);
      await using stack = new AsyncDisposableStack();
      stack.use(containers);
      stack.defer(async () => {
        for (const { id } of containers.list()) await containers.remove(id, { force: true });
      });
      const HostConfig = { LogConfig: { Config: { "max-size": "200k" } } };
      const program = `BEGIN { for (i = 1; i <= ${lines}; i++) printf "%05d ${"x".repeat(40)}\\n", i }`;
      const body = { Cmd: ["busybox", "awk", program], HostConfig };
      const ids = await Promise.all(
        Array.from({ length: count }, async () => (await containers.create({ image: "box", body })).id),
      );
      const expected = Array.from(
        { length: lines },
        (_, index) => `${String(index + 1).padStart(5, "0")} ${"x".repeat(40)}\n`,
      ).join("");
      const signal = new AbortController().signal;
      const readers = ids.map(async (id) => written((await containers.attach(id, { signal })).output));
      await Promise.all(ids.map((id) => containers.start(id)));
      for (const found of await Promise.all(readers)) expect(found === expected).toBe(true);
      for (const id of ids) {
        const kept = await written(containers.logs(id, { stdout: true, stderr: true }));
        expect(kept.length).toBeGreaterThan(0);
        expect(expected.endsWith(kept)).toBe(true);
      }
    });
  },
);
