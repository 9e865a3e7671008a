import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Machine } from "../../together/support/machine.ts";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { Server } from "../../support/server.ts";
import { succeed } from "../../support/command.ts";
import { makeRootfs } from "../support/rootfs.ts";
import { TemporaryFolder } from "../support/temporary-folder.ts";
import { Agent, pushBusybox } from "./support/engine.ts";

describeNeeding(
  [root, programs("docker", "dockerd", "podman", "skopeo", "conmon", "runc", "busybox", "tar")],
  "images, with docker's client and other engines",
  () => {
    const cleanup = new AsyncDisposableStack();
    let folder: TemporaryFolder;
    let agent: Agent;
    let server: Server;
    let machine: Machine;
    let box: string;
    const hub = () => `${server.host}/admin`;
    const file = (name: string) => path.join(folder.path, name);
    const inspected = (image: string, format: string) =>
      agent.succeed("image", "inspect", "--format", format, image);
    const anonymous = async (...args: string[]) => {
      const { code, stdout, stderr } = await agent.docker("--config", file("nobody"), ...args);
      return { code, said: stdout + stderr };
    };

    beforeAll(async () => {
      folder = await TemporaryFolder.make();
      agent = new Agent(folder.path);
      cleanup.use(folder);
      // Both are stopped, also where the other does not start.
      const starting = [
        Server.start().then((started) => (server = cleanup.use(started))),
        Machine.start().then((started) => (machine = cleanup.use(started))),
      ];
      await Promise.allSettled(starting);
      await Promise.all(starting);
      await agent.start();
      cleanup.defer(() => agent.end("SIGTERM").then((code) => expect(code).toBe(0)));
      box = await pushBusybox(server, { user: "admin", token: server.adminToken }, folder.path);
      await mkdir(file("docker"), { recursive: true });
      const login = ["login", "--username", "admin", "--password", server.adminToken, server.host];
      await agent.succeed(...login);
      await machine.succeed("skopeo", ["login", "--tls-verify=false", ...login.slice(1)]);
      await agent.succeed("pull", box);
    }, 180_000);

    afterAll(() => cleanup.disposeAsync(), 180_000);

    const remoteDigest = (name: string) =>
      machine.succeed("skopeo", [
        "inspect",
        "--tls-verify=false",
        "--format",
        "{{.Digest}}",
        `docker://${name}`,
      ]);

    test("what was pulled keeps its digest when it is pushed elsewhere, and its layers are not sent again", async () => {
      const copy = `${hub()}/copy:2`;
      await agent.succeed("tag", box, copy);
      const printed = await agent.succeed("push", copy);
      expect(printed).toContain("Mounted from admin/box");
      expect(printed).toContain(`2: digest: ${await remoteDigest(box)}`);
      expect(await remoteDigest(copy)).toBe(await remoteDigest(box));
      expect(await agent.succeed("push", copy)).toContain("Layer already exists");
      expect(await inspected(copy, "{{json .RepoDigests}}")).toContain(
        `${hub()}/copy@${await remoteDigest(box)}`,
      );
      await agent.succeed("tag", box, `${hub()}/copy:3`);
      expect(await agent.succeed("push", "--all-tags", `${hub()}/copy`)).toMatch(
        /2: digest: [^]*3: digest: /,
      );
    });

    test("a push that is refused says why, in docker's words", async () => {
      expect((await anonymous("push", box)).said).toMatch(/denied|unauthorized/);
      expect((await anonymous("push", box)).code).toBe(1);
      expect((await agent.docker("push", `${hub()}/nothing:1`)).stderr).toContain(
        `An image does not exist locally with the tag: ${hub()}/nothing`,
      );
      expect((await agent.docker("push", `${hub()}/copy:other`)).stderr).toContain("tag does not exist");
      const { text } = await agent.ask("POST", `/images/${hub()}/copy/push?tag=2`, "", {
        "x-registry-auth": Buffer.from('{"username":"admin","password":"wrong"}').toString("base64url"),
      });
      expect(JSON.parse(text.trim().split("\r\n").at(-1) ?? "")).toMatchObject({
        errorDetail: { message: expect.stringContaining("unauthorized") },
        error: expect.any(String),
      });
    });

    test("an imported file system is an image like any other, and each push of it is the same", async () => {
      await makeRootfs(file("rootfs"));
      await succeed("tar", ["-C", file("rootfs"), "-cf", file("rootfs.tar"), "."]);
      const name = `${hub()}/imported:1`;
      const changes = [
        'CMD ["sh", "-c", "echo $A"]',
        "ENV A=one",
        "ENV B=$A",
        "EXPOSE 80 53/udp",
        'LABEL a="b c"',
      ];
      const id = await agent.succeed(
        "import",
        "--message",
        "by hand",
        ...changes.flatMap((change) => ["--change", change]),
        file("rootfs.tar"),
        name,
      );
      expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
      expect(JSON.parse(await inspected(name, "{{json .Config}}"))).toMatchObject({
        Cmd: ["sh", "-c", "echo $A"],
        Env: ["A=one", "B=one"],
        ExposedPorts: { "80/tcp": {}, "53/udp": {} },
        Labels: { a: "b c" },
      });
      const lines = await agent.succeed(
        "history",
        "--human=false",
        "--format",
        "{{.Size}} {{.Comment}}",
        name,
      );
      expect(lines).toMatch(/^\d{6,} by hand$/);
      await agent.succeed("push", name);
      const digest = await remoteDigest(name);
      await agent.succeed("tag", name, `${hub()}/imported:2`);
      expect(await agent.succeed("push", `${hub()}/imported:2`)).toContain(`2: digest: ${digest}`);
      await agent.succeed("rmi", name, `${hub()}/imported:2`);
      expect(await agent.succeed("pull", "--quiet", name)).toBe(name);
      expect(await inspected(name, "{{.Id}}")).toBe(id);
      const stream = await agent.ask("POST", "/images/create?fromSrc=http://127.0.0.1/x.tar");
      expect([stream.status, stream.text]).toEqual([400, expect.stringContaining("docker import -")]);
      const bad = await agent.docker("import", "--change", "RUN x", file("rootfs.tar"));
      expect(bad.stderr).toContain("RUN is not a valid change command");
    });

    test("others read what we have saved, and we read what they have", async () => {
      const archive = file("saved.tar");
      await agent.succeed("tag", box, "box:old");
      await agent.succeed("tag", box, "box:new");
      await agent.succeed("save", "--output", archive, "box");
      const id = await inspected("box:old", "{{.Id}}");
      const layers = await inspected(id, "{{.RootFS.Layers}}");
      expect(await machine.succeed("docker", ["load", "--input", archive])).toMatch(
        /Loaded image: box:new\nLoaded image: box:old/,
      );
      expect(await machine.succeed("docker", ["inspect", "-f", "{{.Id}}", "box:old"])).toBe(id);
      expect(await machine.succeed("podman", ["load", "--input", archive])).toContain("box:old");
      const asLayout = ["inspect", "--raw", `oci-archive:${archive}:new`];
      expect(JSON.parse(await machine.succeed("skopeo", asLayout))).toMatchObject({ config: { digest: id } });
      await agent.succeed("rmi", "box:old", "box:new", box, `${hub()}/copy:2`, `${hub()}/copy:3`);
      expect((await agent.docker("inspect", id)).code).toBe(1);
      expect((await agent.succeed("load", "--input", archive)).split("\n").toSorted()).toEqual([
        "Loaded image: box:new",
        "Loaded image: box:old",
      ]);
      expect(await inspected("box:old", "{{.Id}}")).toBe(id);
      await agent.succeed("tag", "box:old", `${hub()}/again:1`);
      await agent.succeed("push", `${hub()}/again:1`);
      expect(await remoteDigest(`${hub()}/again:1`)).toBe(await remoteDigest(box));

      const forms = ["docker-archive", "oci-archive"];
      await machine.succeed("docker", ["tag", "box:old", "theirs:docker"]);
      await machine.succeed("docker", ["save", "--output", file("docker.tar"), "theirs:docker"]);
      for (const form of forms)
        await machine.succeed("podman", ["save", "--format", form, "-o", file(`${form}.tar`), "box:old"]);
      await machine.succeed("skopeo", [
        "copy",
        "--dest-compress-format=zstd",
        `docker-archive:${file("docker.tar")}`,
        `oci-archive:${file("zstd.tar")}:theirs:zstd`,
      ]);
      await succeed("gzip", ["--keep", file("docker.tar")]);
      await agent.succeed("rmi", "--force", id);
      for (const name of [
        "docker.tar",
        "docker-archive.tar",
        "oci-archive.tar",
        "zstd.tar",
        "docker.tar.gz",
      ]) {
        expect(await agent.succeed("load", "--input", file(name)), name).toMatch(/^Loaded image: /m);
        const [tag = ""] = (await agent.succeed("images", "--format", "{{.Repository}}:{{.Tag}}"))
          .split("\n")
          .filter((each) => /theirs|box/.test(each));
        // Some write the configuration anew; its layers stay.
        expect(await inspected(tag, "{{.RootFS.Layers}}"), name).toBe(layers);
        await agent.succeed("rmi", tag);
      }
      await agent.succeed("pull", "--quiet", box);
    }, 180_000);

    test("what cannot be loaded leaves nothing", async () => {
      const before = await agent.succeed("images", "--all", "--quiet");
      for (const [name, bytes, reason] of [
        ["text", Buffer.from("no archive ".repeat(200)), "cannot be read"],
        ["cut", (await readFile(file("saved.tar"))).subarray(0, 500_000), "truncated"],
        ["files", await readFile(file("rootfs.tar")), "docker import"],
      ] as const) {
        await writeFile(file(name), bytes);
        const { code, stderr } = await agent.docker("load", "--input", file(name));
        expect([code, stderr]).toEqual([1, expect.stringContaining(reason)]);
      }
      expect(await agent.succeed("images", "--all", "--quiet")).toBe(before);
    });

    test("lists are narrowed, and removal says what it does", async () => {
      const names = async (...args: string[]) =>
        (await agent.succeed("images", "--format", "{{.Repository}}:{{.Tag}}", ...args)).split("\n");
      await agent.succeed("import", "--change", "LABEL kind=old", file("rootfs.tar"), "one:1");
      await agent.succeed("import", "--change", "LABEL kind=new", file("rootfs.tar"), "one:1");
      await agent.succeed("tag", "one:1", "team/one:2");
      expect(await names("--filter", "dangling=true")).toEqual(["<none>:<none>"]);
      expect((await names("--filter", "reference=*/one")).toSorted()).toEqual(["team/one:2"]);
      expect(await names("--filter", "label=kind=new", "--filter", `since=${box}`)).toHaveLength(2);
      expect(await names("--filter", `before=one:1`, "--filter", "reference=one")).toEqual([""]);
      expect(await names("--filter", "until=10m")).toContain(box);
      expect(await names("--filter", "until=10m")).not.toContain("one:1");
      expect(await names("--filter", "label!=kind")).toContain(box);
      expect(await agent.succeed("images", "--digests", "--format", "{{.Digest}}", `${hub()}/box`)).toBe(
        await remoteDigest(box),
      );
      const id = await inspected("one:1", "{{.Id}}");
      expect((await agent.docker("rmi", id)).stderr).toContain(
        `conflict: unable to delete ${id.slice(7, 19)} (must be forced) - image is referenced in multiple repositories`,
      );
      await agent.succeed("create", "--name", "holds", "--network", "none", "one:1", "true");
      expect((await agent.docker("rmi", "one:1", "team/one:2")).stderr).toContain(
        'conflict: unable to remove repository reference "team/one:2" (must force)',
      );
      expect((await agent.docker("rmi", id)).stderr).toContain("is being used by stopped container");
      const df = JSON.parse((await agent.ask("GET", "/v1.43/system/df")).text) as {
        Images: { Id: string; SharedSize: number; Containers: number; Size: number }[];
        LayersSize: number;
      };
      const shown = df.Images.find(({ Id }) => Id === id);
      expect(shown).toMatchObject({ Containers: 1, SharedSize: shown?.Size });
      expect(df.LayersSize).toBeGreaterThanOrEqual(shown?.Size ?? Infinity);
      expect(await agent.succeed("system", "df", "-v")).toContain("team/one");
      expect(await agent.succeed("image", "prune", "--force")).toMatch(/^Deleted Images:\ndeleted: sha256:/);
      await agent.succeed("rm", "holds");
      expect(
        await agent.succeed("image", "prune", "--all", "--force", "--filter", "label=kind=new"),
      ).toContain("untagged: team/one:2");
      expect(await agent.succeed("image", "prune", "--force", "--filter", "until=1h")).toBe(
        "Total reclaimed space: 0B",
      );
      expect((await agent.ask("POST", "/build/prune")).text).toContain('"SpaceReclaimed":0');
    }, 180_000);

    test("what is asked of the registry: login, search, what a name stands for", async () => {
      const wrong = await agent.docker("login", "-u", "admin", "-p", "wrong", server.host);
      expect([wrong.code, wrong.stderr]).toEqual([1, expect.stringContaining("unauthorized")]);
      const absent = await agent.docker("login", "-u", "admin", "-p", "wrong", "127.0.0.1:1");
      expect([absent.code, absent.stderr]).toEqual([1, expect.stringContaining("cannot be reached")]);
      const shown = await agent.ask("GET", `/distribution/${box}/json`, "", {
        "x-registry-auth": Buffer.from(
          JSON.stringify({ username: "admin", password: server.adminToken }),
        ).toString("base64url"),
      });
      expect(JSON.parse(shown.text)).toMatchObject({
        Descriptor: { digest: await remoteDigest(box), mediaType: expect.stringContaining("manifest") },
        Platforms: [{ os: "linux" }],
      });
      expect((await agent.ask("GET", `/distribution/${hub()}/nothing/json`)).status).toBe(404);
      expect(JSON.parse((await agent.ask("GET", `/images/search?term=${server.host}/box`)).text)).toEqual(
        expect.any(Array),
      );
    });

    test("each of it is an event", async () => {
      // To the millisecond: what the test before has done is not told.
      const since = (Date.now() / 1000).toFixed(3);
      await agent.succeed("import", file("rootfs.tar"), "told:1");
      await agent.succeed("tag", "told:1", `${hub()}/told:1`);
      await agent.succeed("push", `${hub()}/told:1`);
      await agent.succeed("save", "-o", file("told.tar"), "told:1");
      expect((await stat(file("told.tar"))).size).toBeGreaterThan(100_000);
      await agent.succeed("rmi", "told:1");
      await agent.succeed("rmi", `${hub()}/told:1`);
      await agent.succeed("load", "-i", file("told.tar"));
      const until = String(Math.ceil(Date.now() / 1000) + 1);
      const range = ["--since", since, "--until", until, "--filter", "type=image"];
      const told = await agent.succeed("events", ...range, "--format", "{{.Action}}");
      // Three names go: both tags, and the digest that the push has given the image.
      expect(told.replaceAll("\n", " ")).toBe("import tag push save untag untag untag delete load");
    });
  },
);
