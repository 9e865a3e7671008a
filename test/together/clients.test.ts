import { copyFile, mkdir } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findProgram } from "../support/command.ts";
import { describeNeeding, programs, root } from "../support/needs.ts";
import type { Login } from "../support/oci-client.ts";
import { createAccessToken, createPerson } from "../support/people.ts";
import { Server } from "../support/server.ts";
import { clients, Machine, type Client } from "./support/machine.ts";

const needs = [root, programs(...clients, "dockerd", "containerd", "runc", "busybox")];

describeNeeding(needs, "the clients people have", () => {
  let server: Server;
  let machine: Machine;
  let alice: Login;
  let reader: Login;
  /** A directory in the OCI image layout, which each client can read from. */
  let layout: string;

  beforeAll(async () => {
    server = await Server.start();
    machine = await Machine.start();
    alice = await createPerson(server, "alice");
    await createPerson(server, "bob");
    reader = await createAccessToken(server, "alice", ["pull"]);
    layout = await makeImage(machine);
  });

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  describe.each(clients)("%s", (client) => {
    const loginAs = (user: string) => [
      "login",
      ...insecure(client),
      `--username=${user}`,
      "--password-stdin",
      server.host,
    ];
    const signIn = ({ user, token }: Login) => machine.succeed(client, loginAs(user), token);
    const image = (namespace: string) => `${server.host}/${namespace}/from-${client}:1`;

    test("logs in with an access token", async () => {
      expect(await signIn(alice)).toContain("Login Succeeded");
    });

    test("is refused a wrong token, and says so", async () => {
      const said = await machine.fail(client, loginAs("alice"), "this-is-not-the-token");
      expect(said).toMatch(/unauthorized|invalid username\/password/i);
    });

    test("pushes an image, and pulls the same one", async () => {
      await signIn(alice);
      await push(machine, client, layout, image("alice"));
      expect(await pull(machine, client, image("alice"))).toContain("built for alice");
    });

    test("may not push into the namespace of another, and says whose it is", async () => {
      await signIn(alice);
      await expect(push(machine, client, layout, image("bob"))).rejects.toThrow(
        /denied|may not push to "bob\//,
      );
    });

    test("may not pull what is not there for this user", async () => {
      await signIn(alice);
      await expect(pull(machine, client, image("bob"))).rejects.toThrow(/denied|may not pull from "bob\//);
    });

    test("may not push with a token that only pulls", async () => {
      await signIn(alice);
      await push(machine, client, layout, image("alice"));
      await signIn(reader);
      expect(await pull(machine, client, image("alice"))).toContain("built for alice");
      await expect(push(machine, client, layout, image("alice"))).rejects.toThrow(
        /denied|lacks the scope "push"/,
      );
    });

    test("may not pull without being logged in", async () => {
      await machine.succeed(client, ["logout", server.host]);
      await expect(pull(machine, client, image("alice"))).rejects.toThrow(/unauthorized|denied|sign in/);
    });
  });
});

/** An image with one program and one label, in the OCI layout. */
async function makeImage(machine: Machine): Promise<string> {
  const files = path.join(machine.folder, "files");
  await mkdir(path.join(files, "bin"), { recursive: true });
  await copyFile(findProgram("busybox") ?? "busybox", path.join(files, "bin/busybox"));
  const container = await machine.succeed("buildah", ["from", "scratch"]);
  await machine.succeed("buildah", ["copy", container, files, "/"]);
  await machine.succeed("buildah", ["config", "--label", "purpose=built for alice", container]);
  const layout = path.join(machine.folder, "layout");
  await machine.succeed("buildah", ["commit", "--rm", container, `oci:${layout}:1`]);
  return layout;
}

function insecure(client: Client): string[] {
  return client === "docker" ? [] : ["--tls-verify=false"];
}

/** Pushes with the client's own words. @throws Error with what the client said. */
async function push(machine: Machine, client: Client, layout: string, image: string): Promise<void> {
  if (client === "docker") {
    const archive = path.join(machine.folder, `${path.basename(image)}.tar`);
    await machine.succeed("skopeo", ["copy", `oci:${layout}:1`, `docker-archive:${archive}:${image}`]);
    await machine.succeed("docker", ["load", "--input", archive]);
    await machine.succeed("docker", ["push", image]);
  } else if (client === "skopeo") {
    await machine.succeed("skopeo", [
      "copy",
      "--dest-tls-verify=false",
      `oci:${layout}:1`,
      `docker://${image}`,
    ]);
  } else {
    await machine.succeed(client, ["pull", "--quiet", `oci:${layout}:1`]);
    const [id = ""] = (await machine.succeed(client, ["images", "--quiet", "--no-trunc"])).split("\n");
    await machine.succeed(client, ["push", ...insecure(client), id, `docker://${image}`]);
  }
}

/** Pulls, and returns the configuration of the image. @throws Error with what the client said. */
async function pull(machine: Machine, client: Client, image: string): Promise<string> {
  if (client === "skopeo") {
    return machine.succeed("skopeo", ["inspect", "--config", "--tls-verify=false", `docker://${image}`]);
  }
  if (client !== "buildah") await machine.forgetImages(client);
  await machine.succeed(client, ["pull", ...insecure(client), image]);
  return machine.succeed(
    client,
    client === "buildah" ? ["inspect", "--type", "image", image] : ["inspect", image],
  );
}
