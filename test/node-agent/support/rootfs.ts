import { chmod, copyFile, mkdir, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { findProgram } from "../../support/command.ts";

const applets =
  "cat chmod dd echo env false grep head hostname id ip kill ls mkdir mount nc nslookup ping printf ps pwd rm seq sh sleep stty tail test touch tr trap true tty ulimit umount wc wget yes".split(
    " ",
  );

/** A root file system with busybox and nothing else, to run containers from. */
export async function makeRootfs(folder: string): Promise<string> {
  const busybox = findProgram("busybox");
  if (busybox === undefined) throw new Error("busybox is not on this machine");
  for (const name of ["bin", "dev", "etc", "proc", "root", "sys", "tmp"])
    await mkdir(path.join(folder, name), { recursive: true, mode: 0o755 });
  await copyFile(busybox, path.join(folder, "bin/busybox"));
  await chmod(path.join(folder, "bin/busybox"), 0o755);
  for (const applet of applets) await symlink("busybox", path.join(folder, "bin", applet));
  await writeFile(path.join(folder, "etc/passwd"), "root:x:0:0::/root:/bin/sh\nwww:x:33:33::/tmp:/bin/sh\n");
  await writeFile(path.join(folder, "etc/group"), "root:x:0:\nwww:x:33:\n");
  return folder;
}
