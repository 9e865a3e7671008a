import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../support/needs.ts";
import type { Login } from "../support/oci-client.ts";
import { callApi, createPerson } from "../support/people.ts";
import { Server } from "../support/server.ts";
import { makeImage, pull, push, refusal, signIn } from "./support/images.ts";
import { Machine } from "./support/machine.ts";

const needs = [
  root,
  programs("docker", "podman", "skopeo", "buildah", "dockerd", "containerd", "runc", "busybox"),
];

describeNeeding(needs, "rights, as docker and podman meet them", () => {
  let server: Server;
  let machine: Machine;
  let alice: Login;
  let bob: Login;
  let layout: string;

  beforeAll(async () => {
    server = await Server.start();
    machine = await Machine.start();
    alice = await createPerson(server, "alice");
    bob = await createPerson(server, "bob");
    layout = await makeImage(machine);
    await callApi(server, alice, "POST", "/api/v1/organizations", { name: "acme" });
    await callApi(server, alice, "POST", "/api/v1/organizations/acme/teams", { name: "readers" });
    const { link } = await callApi(server, alice, "POST", "/api/v1/organizations/acme/invitation-links", {
      role: "member",
    });
    const secret = String(link).slice(String(link).lastIndexOf("/") + 1);
    await callApi(server, bob, "POST", "/api/v1/invitations/accept", { secret });
  });

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  const team = "/api/v1/organizations/acme/teams/readers/members/bob";

  describe.each(["docker", "podman"] as const)("%s", (client) => {
    const image = (repository: string) => `${server.host}/${repository}:1`;
    const name = `acme/web-${client}`;
    const as = (login: Login) => signIn(machine, client, server.host, login);
    const pulls = (repository: string) => pull(machine, client, image(repository));
    const pushes = (repository: string) => push(machine, client, layout, image(repository));

    beforeAll(async () => {
      await as(alice);
      await pushes(name);
      await callApi(server, alice, "PUT", `/api/v1/repositories/${name}/-/teams/readers`, { role: "read" });
      await callApi(server, alice, "PUT", team);
    });

    test("a member of a read team pulls, and is told that they may not push", async () => {
      await as(bob);
      expect(await pulls(name)).toContain("built for alice");
      expect(await refusal(pushes(name))).toMatch(
        new RegExp(`denied: bob may not push to "${name}": the right that bob has there gives less`),
      );
    });

    test("taken out of the team, they cannot pull any more, at once", async () => {
      await as(bob);
      await pulls(name);
      await callApi(server, alice, "DELETE", team);
      expect(await refusal(pulls(name))).toMatch(/denied: bob may not pull from/);
    });

    test("a robot for some repositories pushes to and pulls from those, and no others", async () => {
      const { token } = await callApi(server, alice, "POST", "/api/v1/tokens", {
        organization: "acme",
        kind: "robot",
        name: `ci-${client}`,
        scopes: ["repository:acme/web-*:pull,push"],
      });
      await as({ user: `acme+ci-${client}`, token: String(token) });
      await pushes(`${name}-by-robot`);
      expect(await pulls(`${name}-by-robot`)).toContain("built for alice");
      expect(await refusal(pulls(`acme/api-${client}`))).toMatch(/denied: .* is not for "acme\/api-/);
      expect(await refusal(pushes(`acme/api-${client}`))).toMatch(/denied|403/);
      expect(await refusal(pushes(`alice/web-${client}`))).toMatch(/denied|403/);
    });

    test("a revoked token stops, at once", async () => {
      const { id, token } = await callApi(server, alice, "POST", "/api/v1/tokens", {
        name: `short-lived ${client}`,
        scopes: ["repository:acme/**:pull"],
      });
      await as({ user: "alice", token: String(token) });
      await pulls(name);
      await callApi(server, alice, "DELETE", `/api/v1/tokens/${String(id)}`);
      expect(await refusal(pulls(name))).toMatch(
        /unauthorized|authentication required|invalid username\/password/i,
      );
    });

    test("after a rename the old name is pulled as before, and a push is told the new one", async () => {
      await as(alice);
      const [old, present] = [`acme/old-${client}`, `acme/new-${client}`];
      await pushes(old);
      await callApi(server, alice, "POST", `/api/v1/repositories/${old}/-/rename`, { name: present });
      expect(await pulls(old)).toContain("built for alice");
      expect(await pulls(present)).toContain("built for alice");
      expect(await refusal(pushes(old))).toContain(`denied: "${old}" is now "${present}"; push there`);
      await pushes(present);
    });
  });
});
