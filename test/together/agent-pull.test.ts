import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ImageStore } from "../../node-agent/images/index.ts";
import { TemporaryFolder } from "../node-agent/support/temporary-folder.ts";
import { succeed } from "../support/command.ts";
import { describeNeeding, programs, root } from "../support/needs.ts";
import { createPerson } from "../support/people.ts";
import { freePort, Server } from "../support/server.ts";

const needs = [root, programs("tar", "mount", "buildah", "skopeo", "docker-registry")];

describeNeeding(needs, "the agent's image store", () => {
  let folder: TemporaryFolder;
  let store: ImageStore;
  /** An image in the OCI layout: a file with attributes, one that the second layer hides. */
  let layout: string;

  beforeAll(async () => {
    folder = await TemporaryFolder.make();
    store = await ImageStore.open(place("store"));
    layout = await makeImage();
  });
  afterAll(async () => {
    await store?.[Symbol.asyncDispose]();
    await folder?.[Symbol.asyncDispose]();
  });

  const place = (name: string) => path.join(folder.path, name);
  const push = (name: string, ...options: string[]) =>
    succeed("skopeo", ["copy", "--dest-tls-verify=false", ...options, `oci:${layout}:1`, `docker://${name}`]);
  const pulls = async (name: string, container: string) => {
    const { path: rootfs } = await store.mountRootfs(name, place(container));
    expect(await readFile(`${rootfs}/greeting`, "utf8")).toBe("hello");
    await store.removeRootfs(place(container));
  };

  test("pulls from the hub with an access token, and not without", async () => {
    await using server = await Server.start();
    const { user, token } = await createPerson(server, "alice");
    const name = `${server.host}/alice/app:1`;
    await push(name, `--dest-creds=${user}:${token}`);
    await expect(store.pull(name)).rejects.toMatchObject({
      kind: expect.stringMatching("denied|unauthenticated|not-found"),
    });
    await expect(store.pull(name, { kind: "password", user, password: "wrong" })).rejects.toMatchObject({
      kind: "unauthenticated",
    });
    await store.pull(name, { kind: "password", user, password: token });
    await pulls(name, "of-the-hub");
  });

  test("pulls from Debian's docker-registry, zstd too", async () => {
    await using registry = await startRegistry(place("registry"));
    const name = `${registry.host}/app`;
    await push(`${name}:gzip`);
    await push(`${name}:zstd`, "--dest-compress-format=zstd", "--dest-compress");
    await store.pull(`${name}:gzip`);
    await pulls(`${name}:gzip`, "of-debian");
    store.remove(`${name}:gzip`);
    await store.collect();
    await store.pull(`${name}:zstd`);
    await pulls(`${name}:zstd`, "zstd");
  });

  async function makeImage(): Promise<string> {
    await mkdir(place("files"));
    await writeFile(place("files/greeting"), "hello");
    const env = { STORAGE_DRIVER: "vfs" };
    const storage = ["--root", place("buildah"), "--runroot", place("buildah-run")];
    const container = (await succeed("buildah", [...storage, "from", "scratch"], { env })).trim();
    await succeed("buildah", [...storage, "copy", container, place("files"), "/"], { env });
    await succeed("buildah", [...storage, "commit", "--rm", container, `oci:${place("layout")}:1`], { env });
    return place("layout");
  }
});

/** Debian's docker-registry, for one test. */
async function startRegistry(folder: string): Promise<AsyncDisposable & { host: string }> {
  await mkdir(folder);
  const host = `127.0.0.1:${await freePort()}`;
  const settings = `version: 0.1\nlog: {level: error}\nstorage: {filesystem: {rootdirectory: ${folder}/blobs}}\nhttp: {addr: "${host}"}\n`;
  await writeFile(`${folder}/settings.yml`, settings);
  const child = spawn("docker-registry", ["serve", `${folder}/settings.yml`], { stdio: "ignore" });
  const closed = once(child, "close");
  const end = Date.now() + 20_000;
  while (
    !(await fetch(`http://${host}/v2/`).then(
      (answer) => answer.ok,
      () => false,
    ))
  ) {
    if (Date.now() > end) throw new Error(`docker-registry does not answer on ${host}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    host,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await closed;
    },
  };
}
