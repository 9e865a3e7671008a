import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { Hub, needs } from "./support/hub.ts";
import { createToken, shownToken, verified } from "./support/people.ts";
import { takePictures } from "./support/pictures.ts";

describeNeeding(needs, "access tokens, in the browser", () => {
  let hub: Hub;
  let ada: Page;
  beforeAll(async () => {
    hub = await Hub.start();
    ada = await verified(hub, await hub.administrator(), "ada");
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  /** The status that a token gets where it has to be a good one. */
  async function statusWith(token: string): Promise<number> {
    const answer = await fetch(`${hub.server.url}/api/v1/me`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    return answer.status;
  }

  test("a token is shown once, works, tells of its use, and stops when it is revoked", async () => {
    const token = await createToken(ada, "ci-laptop", ["Pull"]);
    await expectAccessible(ada);
    await expectFits(ada);
    await takePictures(ada, "token-created");
    expect(await statusWith(token)).toBe(200);
    expect(await ada.getByText(`docker login --username ada ${hub.server.host}`).count()).toBe(1);
    await ada.getByRole("link", { name: "All tokens" }).click();
    expect(await ada.content()).not.toContain(token);
    await expect
      .poll(async () => {
        await ada.reload();
        return ada
          .getByRole("row", { name: /ci-laptop.*pull in every repository.*within the hour/s })
          .count();
      })
      .toBe(1);
    await takePictures(ada, "token-list");
    await ada.getByRole("link", { name: "ci-laptop" }).click();
    await expectAccessible(ada);
    await expectFits(ada);
    await takePictures(ada, "token");
    await ada.getByRole("button", { name: "Revoke ci-laptop" }).click();
    await ada.getByText("ci-laptop was revoked.").waitFor();
    expect(await statusWith(token)).toBe(401);
    await ada.getByText("You have no access tokens.").waitFor();
  });

  test("a rotated token has another text, and the one before works as long as was chosen", async () => {
    const before = await createToken(ada, "deploy", ["Pull", "Push"]);
    await ada.getByRole("link", { name: "All tokens" }).click();
    await ada.getByRole("link", { name: "deploy" }).click();
    await ada.getByLabel("The text of before").selectOption("Go on for an hour");
    await ada.getByRole("button", { name: "Rotate deploy" }).click();
    const rotated = await shownToken(ada);
    expect([await statusWith(before), await statusWith(rotated)]).toEqual([200, 200]);
    await ada.getByRole("link", { name: "Back to deploy" }).click();
    await ada.getByLabel("The text of before").selectOption("Stop at once");
    await ada.getByRole("button", { name: "Rotate deploy" }).click();
    const last = await shownToken(ada);
    expect([await statusWith(before), await statusWith(rotated), await statusWith(last)]).toEqual([
      401, 401, 200,
    ]);
  });

  test.each([
    ["pull only", ["repository:**:pull"]],
    ["CI: create tags only", ["repository:**:pull,create"]],
    ["docker pull and push", ["repository:**:pull,push,delete,metadata"]],
  ])("the preset %s gives the scopes it says, for 90 days", async (preset, scopes) => {
    await ada.goto("/settings/tokens/new");
    await ada.getByRole("link", { name: preset }).click();
    await ada.getByLabel("Name", { exact: true }).fill(preset);
    await ada.getByRole("button", { name: "Create token" }).click();
    const answer = await fetch(`${hub.server.url}/api/v1/me`, {
      headers: { Authorization: `Bearer ${await shownToken(ada)}` },
    });
    const { token } = (await answer.json()) as { token: { scopes: string[]; expires_at: string } };
    expect(token.scopes).toEqual(scopes);
    expect(Math.round((Date.parse(token.expires_at) - Date.now()) / 86_400_000)).toBe(90);
  });

  test("what is wrong with a scope is said at the form, and what was typed stays", async () => {
    await ada.goto("/settings/tokens/new");
    await ada.getByLabel("Name", { exact: true }).fill("wrong");
    await ada.getByLabel("Repositories").fill("Acme/Web");
    await ada.getByRole("checkbox", { name: "Delete", exact: true }).uncheck();
    await ada.getByRole("button", { name: "Create token" }).click();
    await ada.getByRole("alert").waitFor();
    expect(await ada.getByLabel("Repositories").inputValue()).toBe("Acme/Web");
    expect(await ada.getByLabel("Name", { exact: true }).inputValue()).toBe("wrong");
    expect(await ada.getByRole("checkbox", { name: "Delete", exact: true }).isChecked()).toBe(false);
    expect(await ada.getByRole("checkbox", { name: "Pull", exact: true }).isChecked()).toBe(true);
    await expectAccessible(ada);
    await takePictures(ada, "token-wrong");
  });

  test("a robot has a name in the namespace, and a rule for CI shows the lines for its system", async () => {
    await ada.goto("/settings/robots/new");
    await ada.getByLabel("Name", { exact: true }).fill("deploy");
    await ada.getByRole("button", { name: "Create robot" }).click();
    expect(await statusWith(await shownToken(ada))).toBe(200);
    await ada.getByText(`docker login --username ada+deploy ${hub.server.host}`).waitFor();
    await ada.goto("/settings/ci/new");
    await ada.getByLabel("Name", { exact: true }).fill("web");
    await ada.getByLabel("Claims").fill("ref = refs/heads/main");
    await ada.getByRole("button", { name: "Create rule" }).click();
    expect(await ada.getByRole("alert").textContent()).toContain("whose project");
    await ada.getByLabel("Claims").fill("repository = octo/web");
    await ada.getByRole("button", { name: "Create rule" }).click();
    await ada.getByText("id-token: write").waitFor();
    await expectAccessible(ada);
    await takePictures(ada, "ci-rule");
    await ada.getByLabel("Scopes").fill("repository:ada/web:pull");
    await ada.getByRole("button", { name: "Save rule" }).click();
    await ada.getByText("The rule web was changed.").waitFor();
    await ada.getByRole("button", { name: "Delete rule web" }).click();
    await ada.getByText("There are no rules for CI.").waitFor();
  });

  test("a device gets a token once its code was typed and approved, and none when it was refused", async () => {
    const device = await startDevice();
    await ada.goto("/device");
    await ada.getByLabel("Code").fill(device.user_code.toLowerCase().replace("-", " "));
    await ada.getByRole("button", { name: "Go on" }).click();
    await ada.getByRole("heading", { name: "laptop of ada wants to sign in as you" }).waitFor();
    await expectAccessible(ada);
    await expectFits(ada);
    await takePictures(ada, "device");
    await ada.getByRole("button", { name: `Approve ${device.user_code}` }).click();
    await ada.getByText("is approved").waitFor();
    const { access_token: token } = await poll(device.device_code);
    expect(await statusWith(String(token))).toBe(200);

    const other = await startDevice();
    // The link of the client brings the code, and does nothing by itself.
    await ada.goto(`/device?code=${other.user_code}`);
    expect(await ada.getByLabel("Code").inputValue()).toBe(other.user_code);
    expect((await poll(other.device_code))["error"]).toBe("authorization_pending");
    await ada.getByRole("button", { name: "Go on" }).click();
    await ada.getByRole("button", { name: `Refuse ${other.user_code}` }).click();
    await ada.getByText("Refused. Nobody was signed in.").waitFor();
    expect((await poll(other.device_code))["error"]).toBe("access_denied");

    await ada.goto("/device");
    await ada.getByLabel("Code").fill("BCDF-GHJK");
    await ada.getByRole("button", { name: "Go on" }).click();
    await ada.getByRole("alert").waitFor();
  });

  async function startDevice() {
    const answer = await fetch(`${hub.server.url}/api/v1/device/authorize`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ client: "laptop of ada" }),
    });
    return (await answer.json()) as { device_code: string; user_code: string };
  }

  async function poll(device: string): Promise<Record<string, unknown>> {
    const answer = await fetch(`${hub.server.url}/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "urn:ietf:params:oauth:grant-type:device_code",
        device_code: device,
        client_id: "laptop",
      }),
    });
    return (await answer.json()) as Record<string, unknown>;
  }
});
