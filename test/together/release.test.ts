import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProgram, succeed } from "../support/command.ts";
import { describeNeeding, programs, root } from "../support/needs.ts";
import { digestOf, digestOfStream, OciClient, type Login } from "../support/oci-client.ts";
import { createPerson } from "../support/people.ts";
import { Server } from "../support/server.ts";
import { clients, Machine } from "./support/machine.ts";

interface Descriptor {
  digest: string;
  size: number;
}

interface ImageManifest {
  config: Descriptor;
  layers: Descriptor[];
}

/** Debian's old stable release, as its own archive has it. */
const suite = "bookworm";

const needs = [
  root,
  programs(...clients, "dockerd", "containerd", "runc", "conmon", "debootstrap", "busybox"),
];

describeNeeding(needs, "one image, from its making to its running", () => {
  let server: Server;
  let machine: Machine;
  let alice: Login;
  let debian: string;
  let multi: string;
  let copy: string;

  beforeAll(async () => {
    server = await Server.start();
    machine = await Machine.start();
    alice = await createPerson(server, "alice");
    debian = `${server.host}/alice/debian:12`;
    multi = `${server.host}/alice/tools:1`;
    copy = `${server.host}/alice/mirror/tools:1`;
    for (const client of clients) {
      const insecure = client === "docker" ? [] : ["--tls-verify=false"];
      const args = ["login", ...insecure, `--username=${alice.user}`, "--password-stdin", server.host];
      await machine.succeed(client, args, alice.token);
    }
  });

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  let pushed: string;

  test("a Debian made by debootstrap and buildah is pushed by docker", async () => {
    await makeDebian(machine, debian);
    const said = await machine.succeed("docker", ["push", debian]);
    pushed = /digest: (sha256:[0-9a-f]{64})/.exec(said)?.[1] ?? said;
    expect(pushed).toMatch(/^sha256:/);
  });

  test("podman pulls the same bytes, and runs them", async () => {
    await machine.succeed("podman", ["pull", "--tls-verify=false", debian]);
    expect(await machine.succeed("podman", ["image", "inspect", "--format", "{{.Digest}}", debian])).toBe(
      pushed,
    );
    const run = ["run", "--rm", "--network=none", debian, "cat", "/etc/os-release"];
    expect(await machine.succeed("podman", run)).toContain(`VERSION_CODENAME=${suite}`);
  });

  test("an index for two architectures is copied by skopeo, digest for digest", async () => {
    await pushIndex(machine, multi);
    const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
    await machine.succeed("skopeo", ["copy", "--all", ...insecure, `docker://${multi}`, `docker://${copy}`]);
    const [source, target] = [await rawManifest(machine, multi), await rawManifest(machine, copy)];
    expect(target).toBe(source);
    const index = JSON.parse(source) as {
      manifests: (Descriptor & { platform: { architecture: string } })[];
    };
    expect(index.manifests.map(({ platform }) => platform.architecture)).toEqual(["amd64", "arm64"]);
    for (const { digest } of index.manifests) {
      const child = await rawManifest(machine, `${copy.replace(/:1$/, "")}@${digest}`);
      expect(digestOf(Buffer.from(child))).toBe(digest);
    }
  });

  test("every blob of the pushed image hashes to its digest", async () => {
    const client = new OciClient(server.url, alice);
    const manifest = await client.getManifest("alice/debian", "12");
    expect(manifest && digestOf(manifest.bytes)).toBe(pushed);
    const { config, layers } = JSON.parse(Buffer.from(manifest?.bytes ?? []).toString()) as ImageManifest;
    for (const { digest } of [config, ...layers]) {
      const body = await client.readBlob("alice/debian", digest);
      expect(body && (await digestOfStream(body))).toBe(digest);
    }
  });

  test("after a restart of the registry everything is there as it was", async () => {
    const before = [await rawManifest(machine, debian), await rawManifest(machine, multi)];
    expect(await server.stop()).toBe(0);
    await server.start();
    expect([await rawManifest(machine, debian), await rawManifest(machine, multi)]).toEqual(before);

    await machine.forgetImages("docker");
    expect(await machine.succeed("docker", ["pull", debian])).toContain(`Digest: ${pushed}`);
    const run = ["run", "--rm", "--network=none", debian, "cat", "/etc/os-release"];
    expect(await machine.succeed("docker", run)).toContain(`VERSION_CODENAME=${suite}`);

    await machine.forgetImages("podman");
    await machine.succeed("podman", ["pull", "--tls-verify=false", debian]);
    expect(await machine.succeed("podman", ["image", "inspect", "--format", "{{.Digest}}", debian])).toBe(
      pushed,
    );
  });
});

/** Bootstraps a root filesystem, makes an image of it with buildah, and gives that to docker. */
async function makeDebian(machine: Machine, image: string): Promise<void> {
  // In memory: dpkg waits for the disk at each file, which takes minutes.
  const tree = path.join(machine.folder, "debian");
  await mkdir(tree);
  await succeed("mount", ["-t", "tmpfs", "-o", "size=1g,mode=755", "tmpfs", tree]);
  await succeed("debootstrap", ["--variant=minbase", suite, tree], { deadline: 240_000 });
  const container = await machine.succeed("buildah", ["from", "scratch"]);
  await machine.succeed("buildah", ["copy", "--quiet", container, tree, "/"]);
  await succeed("umount", [tree]);
  await machine.succeed("buildah", ["config", "--cmd", "/bin/bash", container]);
  const archive = path.join(machine.folder, "debian.tar");
  await machine.succeed("buildah", [
    "commit",
    "--rm",
    "--format=docker",
    container,
    `docker-archive:${archive}:${image}`,
  ]);
  await machine.succeed("docker", ["load", "--input", archive]);
}

/** Pushes an index of two images that differ in their architecture. */
async function pushIndex(machine: Machine, image: string): Promise<void> {
  const files = path.join(machine.folder, "tools");
  await mkdir(path.join(files, "bin"), { recursive: true });
  await copyFile(findProgram("busybox") ?? "busybox", path.join(files, "bin/busybox"));
  await machine.succeed("buildah", ["manifest", "create", "tools"]);
  for (const architecture of ["amd64", "arm64"]) {
    const container = await machine.succeed("buildah", ["from", "--arch", architecture, "scratch"]);
    await machine.succeed("buildah", ["copy", container, files, "/"]);
    await machine.succeed("buildah", [
      "config",
      "--arch",
      architecture,
      "--env",
      `FOR=${architecture}`,
      container,
    ]);
    await machine.succeed("buildah", ["commit", "--rm", "--manifest=tools", container]);
  }
  await machine.succeed("buildah", [
    "manifest",
    "push",
    "--all",
    "--tls-verify=false",
    "tools",
    `docker://${image}`,
  ]);
}

/** The manifest as it is stored, byte for byte. */
async function rawManifest(machine: Machine, image: string): Promise<string> {
  const { stdout, stderr, code } = await machine.run("skopeo", [
    "inspect",
    "--raw",
    "--tls-verify=false",
    `docker://${image}`,
  ]);
  if (code !== 0) throw new Error(stderr);
  return stdout;
}
