import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { Hub, needs, password, signIn, signUp } from "./support/hub.ts";
import { tabTo } from "./support/keyboard.ts";

describeNeeding(needs, "pages", () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await Hub.start();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test("work without scripts: signing up, in and out, changing the password, deleting the account", async () => {
    const page = await hub.visitor({ javaScriptEnabled: false });
    await signUp(page, "nell");
    expect(await page.getByRole("button", { name: "Copy" }).count()).toBe(0);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByText("You are signed out.").waitFor();
    await signIn(page, "nell", "not the password");
    await page.getByRole("alert").waitFor();
    await signIn(page, "nell");
    await page.getByText("Hello, nell").waitFor();
    await page.goto("/settings/password");
    await page.getByLabel("New password").fill("another cargo altogether");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("The password is changed.").waitFor();
    await page.goto("/settings/passkeys/new");
    await page.getByText("Passkeys need JavaScript").waitFor();
    await page.goto("/settings/delete");
    await page.getByLabel("To go on, type nell").fill("nell");
    await page.getByRole("button", { name: "Delete the account nell" }).click();
    await page.getByText("The account nell is deleted.").waitFor();
  });

  test("work without a mouse: signing up, looking through the settings, signing out", async () => {
    const page = await hub.visitor();
    await page.goto("/");
    await tabTo(page, "Create an account");
    await page.keyboard.press("Enter");
    // The first field has the focus already.
    await page.getByRole("heading", { name: "Create an account" }).waitFor();
    await page.keyboard.type("oscar");
    await page.keyboard.press("Tab");
    await page.keyboard.type("oscar@people.example");
    await page.keyboard.press("Tab");
    await page.keyboard.type(password);
    await page.keyboard.press("Enter");
    await page.getByText("Hello, oscar").waitFor();
    await tabTo(page, "oscar");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Who you are" }).waitFor();
    await tabTo(page, "Sessions");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Where you are signed in" }).waitFor();
    await tabTo(page, "Sign out");
    await page.keyboard.press("Space");
    await page.getByText("You are signed out.").waitFor();
  });

  test("copy with a button where scripts run, and say so", async () => {
    const page = await hub.visitor({ permissions: ["clipboard-read", "clipboard-write"] });
    await page.goto("/");
    await page.getByRole("button", { name: "Copy" }).first().click();
    await page.getByRole("status").filter({ hasText: "Copied" }).waitFor({ state: "attached" });
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
      `docker login --username NAME ${hub.server.host}`,
    );
  });
});
