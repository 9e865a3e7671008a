import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../support/needs.ts";
import type { Login } from "../support/oci-client.ts";
import { createPerson } from "../support/people.ts";
import { Server } from "../support/server.ts";
import { signIn } from "./support/images.ts";
import { Machine } from "./support/machine.ts";

const needs = [root, programs("docker", "dockerd", "containerd", "runc", "podman", "skopeo")];

describeNeeding(needs, "the search of the clients people have", () => {
  let server: Server;
  let machine: Machine;
  let alice: Login;

  beforeAll(async () => {
    server = await Server.start();
    machine = await Machine.start();
    alice = await createPerson(server, "alice");
    for (const [name, visibility] of [
      ["alice/harbour", "public"],
      ["alice/harbour-secret", "private"],
    ] as const)
      await call("POST", "/api/v1/repositories", { name, visibility });
    await call("PATCH", "/api/v1/repositories/alice/harbour/-/profile", { description: "Where boats rest" });
    await call("PUT", "/api/v1/badges/alice", { badge: "official" }, server.adminToken);
    await untilIndexed();
  });

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  async function call(
    method: string,
    address: string,
    body?: unknown,
    token = alice.token,
  ): Promise<Response> {
    const response = await fetch(server.url + address, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${address}: ${response.status} ${await response.text()}`);
    return response;
  }

  /** The index takes in changes behind the answers to them. */
  async function untilIndexed(): Promise<void> {
    const end = Date.now() + 60_000;
    for (;;) {
      const found = (await (await fetch(`${server.url}/v1/search?q=harbour`)).json()) as {
        results: { description: string; is_official: boolean }[];
      };
      const [first] = found.results;
      if (first?.is_official && first.description !== "") return;
      if (Date.now() > end) throw new Error(`The index never got there: ${JSON.stringify(found)}`);
    }
  }

  const dockerSearch = (...more: string[]) =>
    machine.succeed("docker", [
      "search",
      "--format={{.Name}}|{{.Description}}|{{.IsOfficial}}",
      ...more,
      `${server.host}/harbour`,
    ]);
  const podmanSearch = (...more: string[]) =>
    machine.succeed("podman", [
      "search",
      "--tls-verify=false",
      "--format={{.Name}}|{{.Description}}",
      ...more,
      `${server.host}/harbour`,
    ]);

  const open = "alice/harbour|Where boats rest|[OK]";
  const secret = "alice/harbour-secret||[OK]";

  test("docker finds what is public, and by --filter what is official", async () => {
    expect(await dockerSearch()).toBe(open);
    expect(await dockerSearch("--filter=is-official=true", "--limit=1")).toBe(open);
    expect(await dockerSearch("--filter=stars=1")).toBe("");
  });

  test("docker that is logged in finds what is its own, too", async () => {
    await signIn(machine, "docker", server.host, alice);
    expect((await dockerSearch()).split("\n").toSorted()).toEqual([secret, open]);
    await machine.succeed("docker", ["logout", server.host]);
    expect(await dockerSearch()).toBe(open);
  });

  test("docker with an identity token searches by a registry token for that", async () => {
    const { DOCKER_CONFIG: folder = "" } = await machine.environment("docker");
    const file = path.join(folder, "config.json");
    const before = await readFile(file, "utf8").catch(() => "{}");
    const auth = Buffer.from("alice:").toString("base64");
    await writeFile(file, JSON.stringify({ auths: { [server.host]: { auth, identitytoken: alice.token } } }));
    try {
      expect((await dockerSearch()).split("\n").toSorted()).toEqual([secret, open]);
    } finally {
      await writeFile(file, before);
    }
  });

  test("podman finds what is public: it searches without its login", async () => {
    expect(await podmanSearch()).toBe(`${server.host}/alice/harbour|Where boats rest`);
    expect(await podmanSearch("--limit=1")).toBe(`${server.host}/alice/harbour|Where boats rest`);
  });

  test("podman lists all that it may pull when it is given no word", async () => {
    const all = () =>
      machine.succeed("podman", ["search", "--tls-verify=false", "--format={{.Name}}", `${server.host}/`]);
    expect(await all()).toBe(`${server.host}/alice/harbour`);
    await signIn(machine, "podman", server.host, alice);
    expect((await all()).split("\n").toSorted()).toEqual([
      `${server.host}/alice/harbour`,
      `${server.host}/alice/harbour-secret`,
    ]);
  });
});
