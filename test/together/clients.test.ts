import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../support/needs.ts";
import type { Login } from "../support/oci-client.ts";
import { createAccessToken, createPerson } from "../support/people.ts";
import { Server } from "../support/server.ts";
import { loginArguments, makeImage, pull, push, refusal, signIn as signInAt } from "./support/images.ts";
import { clients, Machine, type Client } from "./support/machine.ts";

const needs = [root, programs(...clients, "dockerd", "containerd", "runc", "busybox")];

const noRight =
  /denied: alice may not p\w+ \w+ "bob\/from-\w+": there is no such repository, or alice has no right/;

/** docker starts by uploading. The others ask for a blob by HEAD first, whose answer has no room for a sentence. */
const noRightToPush: Record<Client, RegExp> = {
  docker: noRight,
  podman: /failed to read from destination repository bob\/from-podman: 403 \(Forbidden\)/,
  skopeo: /failed to read from destination repository bob\/from-skopeo: 403 \(Forbidden\)/,
  buildah: /failed to read from destination repository bob\/from-buildah: 403 \(Forbidden\)/,
};

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
    reader = await createAccessToken(server, "alice", ["repository:**:pull"]);
    layout = await makeImage(machine);
  });

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  describe.each(clients)("%s", (client) => {
    const signIn = (login: Login) => signInAt(machine, client, server.host, login);
    const image = (namespace: string) => `${server.host}/${namespace}/from-${client}:1`;

    test("logs in with an access token", async () => {
      expect(await signIn(alice)).toContain("Login Succeeded");
    });

    test("is refused a wrong token, and says so", async () => {
      const said = await machine.fail(
        client,
        loginArguments(client, server.host, "alice"),
        "this-is-not-the-token",
      );
      expect(said).toMatch(/unauthorized|invalid username\/password/i);
    });

    test("pushes an image, and pulls the same one", async () => {
      await signIn(alice);
      await push(machine, client, layout, image("alice"));
      expect(await pull(machine, client, image("alice"))).toContain("built for alice");
    });

    test("may not push into the namespace of another", async () => {
      await signIn(alice);
      const pushed = push(machine, client, layout, image("bob"));
      expect(await refusal(pushed)).toMatch(noRightToPush[client]);
    });

    test("may not pull what is not there for this user", async () => {
      await signIn(alice);
      expect(await refusal(pull(machine, client, image("bob")))).toMatch(noRight);
    });

    test("may not push with a token that only pulls", async () => {
      await signIn(alice);
      await push(machine, client, layout, image("alice"));
      await signIn(reader);
      expect(await pull(machine, client, image("alice"))).toContain("built for alice");
      expect(await refusal(push(machine, client, layout, image("alice")))).toContain(
        'denied: the access token that alice signed in with has no scope for the action "push"',
      );
    });

    test("may not pull without being logged in", async () => {
      await machine.succeed(client, ["logout", server.host]);
      expect(await refusal(pull(machine, client, image("alice")))).toContain(
        `to pull from "alice/from-${client}" needs an account: sign in with`,
      );
    });
  });
});
