import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { succeed } from "../../../node-agent/host/exec.ts";
import { mountsBelow, unmount } from "../../../node-agent/host/mounts.ts";

/** A folder that goes when its test ends, with whatever has been mounted in it. */
export class TemporaryFolder implements AsyncDisposable {
  readonly path: string;

  private constructor(folder: string) {
    this.path = folder;
  }

  static async make(): Promise<TemporaryFolder> {
    return new TemporaryFolder(await mkdtemp(path.join(await realpath(tmpdir()), "wherry-agent-")));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const mount of await mountsBelow(this.path)) await unmount(mount);
    // Names in it need not be UTF-8, which Node's own rm would not find.
    await succeed("rm", ["-rf", "--one-file-system", this.path], { deadline: 120_000 });
  }
}
