import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { Box } from "./support/box.ts";

describeNeeding(
  [root, programs("docker", "conmon", "runc", "busybox", "tar")],
  "volumes by docker's client",
  () => {
    let box: Box;
    beforeAll(async () => {
      box = await Box.start();
    }, 180_000);
    afterAll(() => box[Symbol.asyncDispose]());

    const names = async (...args: string[]) =>
      (await box.succeed("volume", "ls", "--quiet", ...args)).split("\n").filter(Boolean).toSorted();

    test("are made, listed, inspected, and removed", async () => {
      expect(await box.succeed("volume", "create", "--label", "tier=one", "db")).toBe("db");
      expect(await box.succeed("volume", "create", "cache")).toBe("cache");
      expect(await names()).toEqual(["cache", "db"]);
      expect(await names("--filter", "label=tier=one")).toEqual(["db"]);
      expect(await names("--filter", "name=ca", "--filter", "driver=local")).toEqual(["cache"]);
      expect(
        await box.succeed("volume", "inspect", "-f", "{{.Name}} {{.Driver}} {{.Scope}} {{.Labels}}", "db"),
      ).toBe("db local local map[tier:one]");
      expect((await box.docker("volume", "inspect", "none")).stderr).toMatch(/no such volume/i);
      expect((await box.docker("volume", "create", "a/b")).stderr).toContain("invalid characters");
      expect((await box.docker("volume", "create", "--driver", "nfs", "x")).stderr).toContain(
        '"nfs" not found',
      );
      expect(await box.succeed("volume", "rm", "db", "cache")).toBe("db\ncache");
      expect((await box.docker("volume", "rm", "db")).stderr).toMatch(/no such volume/i);
      expect(await names()).toEqual([]);
    });

    test("keep what one container writes for the next, and show in ps and inspect", async () => {
      await box.run("-v", "notes:/n", "box", "sh", "-c", "echo kept >/n/file");
      expect(
        await box.run(
          "--mount",
          "type=volume,src=notes,dst=/m,readonly",
          "box",
          "sh",
          "-c",
          "cat /m/file; echo x >/m/y || echo refused",
        ),
      ).toContain("kept\nrefused");
      await box.create("--name", "user", "-v", "notes:/n:ro", "--tmpfs", "/t", "box");
      const format = "{{range .Mounts}}{{.Type}} {{.Name}} {{.Destination}} {{.RW}};{{end}}";
      expect(await box.succeed("inspect", "-f", format, "user")).toContain("volume notes /n false;");
      expect(
        await box.succeed("ps", "-a", "--filter", "volume=notes", "--format", "{{.Names}} {{.Mounts}}"),
      ).toMatch(/^user .*notes/);
      const refused = await box.docker("volume", "rm", "notes");
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("volume is in use - [")]);
      expect(await names("--filter", "dangling=true")).toEqual([]);
      await box.succeed("rm", "-v", "user");
      expect(await names("--filter", "dangling=true")).toEqual(["notes"]);
      await box.succeed("volume", "rm", "notes");
    });

    test("without a name are filled from the image and go with --rm and rm -v, but not with rm", async () => {
      expect(await box.run("box", "sh", "-c", "cat /kept/file; ls -ld /kept")).toMatch(/^old\ndrwxr-x---/);
      expect(await names()).toEqual([]);
      await box.create("--name", "one", "-v", "/more", "box");
      expect(await names()).toHaveLength(2);
      await box.succeed("rm", "-v", "one");
      expect(await names()).toEqual([]);
      await box.create("--name", "two", "box");
      await box.succeed("rm", "two");
      expect(await names("--filter", "label=com.docker.volume.anonymous")).toHaveLength(1);
      await box.succeed("volume", "create", "named");
      const { text } = await box.agent.ask("POST", "/v1.42/volumes/prune");
      expect((JSON.parse(text) as { VolumesDeleted: string[] }).VolumesDeleted).toHaveLength(1);
      expect(await names()).toEqual(["named"]);
      // Clients of before 1.42 mean all.
      expect(await box.succeed("volume", "prune", "--force")).toContain("named");
      expect(await names()).toEqual([]);
    });

    test("nocopy stays empty; --volumes-from takes over, also when the other has gone", async () => {
      expect(await box.run("-v", "empty:/kept:nocopy", "box", "ls", "/kept")).toBe("");
      await box.create("--name", "first", "-v", "shared:/s", "box");
      expect(
        await box.run("--volumes-from", "first", "box", "sh", "-c", "echo there >/s/f; cat /kept/file"),
      ).toBe("old");
      await box.create(
        "--name",
        "second",
        "--volumes-from",
        "first:ro",
        "box",
        "sh",
        "-c",
        "cat /s/f; touch /s/g",
      );
      await box.succeed("rm", "-v", "first");
      const { stdout, stderr, code } = await box.docker("start", "-a", "second");
      expect([stdout, code]).toEqual(["there\n", 1]);
      expect(stderr).toContain("Read-only");
      await box.succeed("rm", "-v", "second");
      expect((await box.docker("run", "--volumes-from", "nobody", "box")).stderr).toContain(
        "No such container: nobody",
      );
      expect(await names()).toEqual(["empty", "shared"]);
      await box.succeed("volume", "rm", "empty", "shared");
    });

    test("folders of the host, tmpfs, a part of a volume, and a root that is read-only", async () => {
      const folder = path.join(box.folder.path, "host");
      await mkdir(folder);
      await writeFile(path.join(folder, "here"), "host\n");
      expect(await box.run("-v", `${folder}:/h`, "box", "sh", "-c", "cat /h/here; echo w >/h/written")).toBe(
        "host",
      );
      expect(await readFile(path.join(folder, "written"), "utf8")).toBe("w\n");
      expect(await box.run("--mount", `type=bind,src=${folder}/here,dst=/one,ro`, "box", "cat", "/one")).toBe(
        "host",
      );
      const absent = await box.docker("run", "--rm", "--mount", `type=bind,src=${folder}/none,dst=/x`, "box");
      expect([absent.code, absent.stderr]).toEqual([
        125,
        expect.stringContaining("bind source path does not exist"),
      ]);
      await box.run("-v", `${folder}/made:/x`, "box", "true");
      expect((await readdir(folder)).toSorted()).toEqual(["here", "made", "written"]);
      expect(
        await box.run(
          "--read-only",
          "--mount",
          "type=tmpfs,dst=/t,tmpfs-size=1m,tmpfs-mode=700",
          "--tmpfs",
          "/u:size=64k",
          "box",
          "sh",
          "-c",
          "touch /x || echo root refused; touch /t/a /u/b && ls -ld /t",
        ),
      ).toMatch(/root refused\ndrwx------/);
      await box.run("-v", "parts:/p", "box", "sh", "-c", "mkdir /p/sub; echo part >/p/sub/f");
      const Mounts = [{ Type: "volume", Source: "parts", Target: "/q", VolumeOptions: { Subpath: "sub" } }];
      const wish = { Image: "box", Cmd: ["cat", "/q/f"], HostConfig: { NetworkMode: "none", Mounts } };
      const json = { "content-type": "application/json" };
      await box.agent.ask("POST", "/containers/create?name=part", JSON.stringify(wish), json);
      expect(await box.succeed("start", "-a", "part")).toBe("part");
      await box.succeed("rm", "-v", "part");
      await box.succeed("volume", "rm", "parts");
    });

    test("a container that cannot be made leaves nothing, and its name is free", async () => {
      const failed = await box.docker(
        "create",
        "--name",
        "never",
        "-v",
        "/place",
        "--mount",
        "type=bind,src=/no/such,dst=/x",
        "box",
      );
      expect(failed.code).toBe(1);
      expect(await names()).toEqual([]);
      expect(await box.succeed("ps", "-aq")).toBe("");
      await box.create("--name", "never", "--rm", "box", "true");
      await box.succeed("rm", "-v", "never");
      expect(await readdir(path.join(box.folder.path, "data/containers"))).toEqual([]);
      expect(await names()).toEqual([]);
    });

    test("tell of their coming and going", async () => {
      const since = String(Math.floor(Date.now() / 1000));
      await box.succeed("volume", "create", "told");
      await box.succeed("volume", "rm", "told");
      const until = String(Math.ceil(Date.now() / 1000) + 1);
      const format = "{{.Type}} {{.Action}} {{.Actor.ID}}";
      expect(
        await box.succeed(
          "events",
          "--since",
          since,
          "--until",
          until,
          "--filter",
          "volume=told",
          "--format",
          format,
        ),
      ).toBe("volume create told\nvolume destroy told");
    });
  },
);
