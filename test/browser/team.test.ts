import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../support/needs.ts";
import { makeImage, pull, push, refusal, signIn } from "../together/support/images.ts";
import { Machine } from "../together/support/machine.ts";
import { Hub, needs, password } from "./support/hub.ts";
import { createOrganization, createTeam, createToken, verified, verify } from "./support/people.ts";

const clientNeeds = [
  root,
  programs("docker", "dockerd", "containerd", "runc", "busybox", "buildah", "skopeo"),
];

describeNeeding([...needs, ...clientNeeds], "a team, from the first page to docker", () => {
  let hub: Hub;
  let machine: Machine;
  /** A directory in the OCI image layout. */
  let layout: string;

  beforeAll(async () => {
    hub = await Hub.start();
    machine = await Machine.start();
    layout = await makeImage(machine);
  });
  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await hub?.[Symbol.asyncDispose]();
  });

  test("people sign up, make an organization, invite, share a repository with a team, and push and pull what they may", async () => {
    const administrator = await hub.administrator();
    const ada = await verified(hub, administrator, "ada");
    await createOrganization(ada, "acme");

    // Ada invites somebody who has no account yet, and sends the link on herself.
    await ada.goto("/organizations/acme/invitations/new");
    await ada.getByLabel("E-mail addresses").fill("grace@people.example");
    await ada.getByRole("button", { name: "Send invitations" }).click();
    const link = await ada.getByRole("region", { name: "Link for grace@people.example" }).textContent();
    const grace = await hub.visitor();
    await grace.goto((link ?? "").trim());
    await grace.getByRole("heading", { name: "Join acme" }).waitFor();
    await grace.getByRole("link", { name: "Create an account" }).click();
    await grace.getByLabel("Name", { exact: true }).fill("grace");
    await grace.getByLabel("E-mail address").fill("grace@people.example");
    await grace.getByLabel("Password").fill(password);
    await grace.getByRole("button", { name: "Create the account" }).click();

    // Back at the invitation, which takes a verified address.
    await grace.getByRole("button", { name: "Join acme" }).click();
    expect(await grace.getByRole("alert").textContent()).toContain("erify");
    // The link that verifies it leads back to the invitation.
    await verify(grace, administrator, "grace");
    await grace.getByRole("button", { name: "Join acme" }).click();
    await grace.getByText("You are a member of acme now.").waitFor();

    // A team that reads what Ada pushes.
    const adaToken = await createToken(ada, "ada-laptop", ["Pull", "Push"]);
    const image = `${hub.server.host}/acme/web:1`;
    await signIn(machine, "docker", hub.server.host, { user: "ada", token: adaToken });
    await push(machine, "docker", layout, image);
    await createTeam(ada, "acme", "readers");
    await ada.getByLabel("Name", { exact: true }).fill("grace");
    await ada.getByRole("button", { name: "Add member" }).click();
    await ada.getByText("grace is in the team readers.").waitFor();

    // Before the team has a right, the repository is not there for Grace: with docker and in the browser.
    const graceToken = await createToken(grace, "grace-laptop", ["Pull", "Push"]);
    await signIn(machine, "docker", hub.server.host, { user: "grace", token: graceToken });
    expect(await refusal(pull(machine, "docker", image))).toMatch(/denied/);
    expect((await grace.goto("/r/acme/web"))?.status()).toBe(404);

    await ada.getByLabel("Repository", { exact: true }).fill("web");
    await ada.getByRole("button", { name: "Give right" }).click();
    await ada.getByText("in acme/web.").waitFor();
    expect(await pull(machine, "docker", image)).toContain("built for alice");
    expect(await refusal(push(machine, "docker", layout, image))).toMatch(
      /denied: grace may not push to "acme\/web"/,
    );

    // The page says why.
    await grace.goto("/r/acme/web/-/explain?action=push");
    expect(await grace.getByRole("heading", { name: "No", exact: true }).count()).toBe(1);
    await grace.goto("/r/acme/web/-/explain?action=pull");
    expect(await grace.getByRole("heading", { name: "Yes", exact: true }).count()).toBe(1);
    expect(await grace.locator(".verdict").textContent()).toContain('the team "readers"');

    // Out of the team, and at once out of the repository.
    await ada.getByRole("button", { name: "Remove grace from the team" }).click();
    await ada.getByText("grace is not in the team readers any more.").waitFor();
    expect(await refusal(pull(machine, "docker", image))).toMatch(/denied/);

    // The log knows all of it.
    await ada.goto("/organizations/acme/audit?action=team");
    for (const action of ["team.create", "team.member.add", "team.member.remove"])
      expect(await ada.getByRole("cell", { name: action, exact: true }).count(), action).toBe(1);
  });
});
