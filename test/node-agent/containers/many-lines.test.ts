import path from "node:path";
import { expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { makeRootfs } from "../support/rootfs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { openContainers } from "./support/host.ts";

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
      const body = { Cmd: ["seq", "-f", `%05g ${"x".repeat(40)}`, "1", String(lines)], HostConfig };
      const ids = await Promise.all(
        Array.from({ length: count }, async () => (await containers.create({ image: "box", body })).id),
      );
      const signal = new AbortController().signal;
      const readers = ids.map(async (id) => {
        const { output } = await containers.attach(id, { signal });
        let last = 0;
        for await (const entries of output)
          for (const { bytes } of entries) {
            const number = Number(bytes.toString("latin1", 0, 5));
            if (number !== last + 1) throw new Error(`${number} came after ${last}`);
            last = number;
          }
        return last;
      });
      await Promise.all(ids.map((id) => containers.start(id)));
      expect(await Promise.all(readers)).toEqual(Array.from({ length: count }, () => lines));
      for (const id of ids) {
        let last = 0;
        for await (const entries of containers.logs(id, { stdout: true, stderr: true }))
          last = Number(entries.at(-1)?.bytes.toString("latin1", 0, 5));
        expect(last).toBe(lines);
      }
    });
  },
);
