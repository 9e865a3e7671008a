import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding } from "../support/needs.ts";
import { expectAccessible, expectFits } from "./support/accessible.ts";
import { administratorPassword, Hub, linkOfMail, needs, password, signIn, signUp } from "./support/hub.ts";
import { takePictures } from "./support/pictures.ts";
import { totp } from "./support/totp.ts";

describeNeeding(needs, "an account, in the browser", () => {
  let hub: Hub;
  beforeAll(async () => {
    hub = await Hub.start();
  });
  afterAll(() => hub[Symbol.asyncDispose]());

  test("somebody signs up, verifies the address by the mail in the outbox, signs out and in again", async () => {
    const administrator = await hub.administrator();
    const alice = await hub.visitor();
    await signUp(alice, "alice");
    await expect.poll(() => alice.getByText("is not verified yet").count()).toBe(1);
    await takePictures(alice, "home-unverified");

    const link = await linkOfMail(administrator, "alice@people.example", "/verify");
    await takePictures(administrator, "outbox");
    await expectAccessible(administrator);
    await alice.goto(link);
    await expectAccessible(alice);
    await alice.getByRole("button", { name: "Verify this address" }).click();
    await alice.getByText("Your e-mail address is verified.").waitFor();
    expect(await alice.getByText("is not verified yet").count()).toBe(0);
    await alice.reload();
    expect(await alice.getByText("Your e-mail address is verified.").count()).toBe(0);

    await alice.getByRole("button", { name: "Sign out" }).click();
    await alice.getByText("You are signed out.").waitFor();
    await alice.goto("/settings");
    expect(new URL(alice.url()).pathname).toBe("/sign-in");
    await alice.getByLabel("Name or e-mail address").fill("alice@people.example");
    await alice.getByLabel("Password", { exact: true }).fill(password);
    await alice.getByRole("button", { name: "Sign in", exact: true }).click();
    // Back where they wanted to go.
    await alice.getByRole("heading", { name: "Who you are" }).waitFor();
  });

  test("a wrong password keeps the name, says so first, and is no page of its own", async () => {
    const page = await hub.visitor();
    await signIn(page, "alice", "not the password");
    const problem = page.getByRole("alert");
    await problem.waitFor();
    expect(await problem.textContent()).toContain("The name or the password is wrong");
    expect(await problem.evaluate((element) => element === document.activeElement)).toBe(true);
    expect(await page.getByLabel("Name or e-mail address").inputValue()).toBe("alice");
    expect(await page.getByLabel("Password", { exact: true }).inputValue()).toBe("");
    await expectAccessible(page);
    await expectFits(page);
    await takePictures(page, "sign-in-wrong");
  });

  test("a second factor is set up from the key, asked for, and replaced by a recovery code", async () => {
    const page = await hub.visitor();
    await signUp(page, "bob");
    await page.goto("/settings/authenticator");
    await page.getByRole("button", { name: "Show the QR code" }).click();
    await page.getByRole("img", { name: /QR code/ }).waitFor();
    await expectAccessible(page);
    await takePictures(page, "authenticator");
    const secret =
      (await page.getByRole("region", { name: "Key for the authenticator app" }).textContent()) ?? "";
    await page.getByLabel("Code", { exact: true }).fill("000000");
    await page.getByRole("button", { name: "Turn it on" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("Code", { exact: true }).fill(totp(secret));
    await page.getByRole("button", { name: "Turn it on" }).click();
    const codes = ((await page.getByRole("region", { name: "Recovery codes" }).textContent()) ?? "").split(
      "\n",
    );
    expect(codes).toHaveLength(10);
    await expectAccessible(page);
    await takePictures(page, "recovery-codes");
    await page.getByRole("link", { name: "I have kept them" }).click();
    await page.getByText("Signing in with the password asks for a second factor").waitFor();

    const other = await hub.visitor();
    await signIn(other, "bob");
    await other.getByRole("heading", { name: "Second factor" }).waitFor();
    await expectAccessible(other);
    await takePictures(other, "second-factor");
    await other.goto("/settings");
    expect(new URL(other.url()).pathname).toBe("/sign-in");
    await signIn(other, "bob");
    await other.getByLabel("Code").fill("not a code");
    await other.getByRole("button", { name: "Sign in" }).click();
    await other.getByText(/wrong/).first().waitFor();
    await other.getByLabel("Code").fill(totp(secret, 1));
    await other.getByRole("button", { name: "Sign in" }).click();
    await other.getByText("Hello, bob").waitFor();

    const third = await hub.visitor();
    await signIn(third, "bob");
    await third.getByLabel("Code").fill(codes[0] ?? "");
    await third.getByRole("button", { name: "Sign in" }).click();
    await third.getByText("Hello, bob").waitFor();

    await page.goto("/settings/sessions");
    await expectAccessible(page);
    await expectFits(page);
    await takePictures(page, "sessions");
    await page.getByRole("button", { name: "End the 2 other sessions" }).click();
    await page.getByText("2 sessions are ended.").waitFor();
    await third.goto("/settings");
    expect(new URL(third.url()).pathname).toBe("/sign-in");
  });

  test("a forgotten password is replaced by the link of a mail, and the old one no longer signs in", async () => {
    const administrator = await hub.visitor();
    await signIn(administrator, "admin", administratorPassword);
    await administrator.getByText("Hello, admin").waitFor();
    const page = await hub.visitor();
    await page.goto("/forgotten");
    await page.getByLabel("E-mail address").fill("alice@people.example");
    await page.getByRole("button", { name: "Send the link" }).click();
    await page.getByRole("heading", { name: "Look into your mail" }).waitFor();
    await page.goto(await linkOfMail(administrator, "alice@people.example", "/reset"));
    await page.getByLabel("New password").fill("short");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page
      .getByText(/at least 10 characters/i)
      .first()
      .waitFor();
    await page.getByLabel("New password").fill("another cargo altogether");
    await page.getByRole("button", { name: "Change the password" }).click();
    await page.getByText("Your password is changed.").waitFor();
    const other = await hub.visitor();
    await signIn(other, "alice");
    await other.getByText("The name or the password is wrong").waitFor();
  });

  test("a passkey is added, signs in without a password, and is removed", async () => {
    const page = await hub.visitor();
    await signUp(page, "carol");
    const session = await page.context().newCDPSession(page);
    await session.send("WebAuthn.enable");
    await session.send("WebAuthn.addVirtualAuthenticator", {
      options: {
        protocol: "ctap2",
        transport: "internal",
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
    // Passkeys belong to a name, which an address of digits is none of.
    const base = hub.server.url.replace("127.0.0.1", "localhost");
    await page.goto(`${base}/sign-up`);
    await page.getByLabel("Name", { exact: true }).fill("carol-two");
    await page.getByLabel("E-mail address").fill("carol-two@people.example");
    await page.getByLabel("Password").fill(password);
    await page.getByRole("button", { name: "Create the account" }).click();
    await page.goto(`${base}/settings/passkeys/new`);
    await expectAccessible(page);
    await takePictures(page, "passkey-new");
    await page.getByLabel("Name", { exact: true }).fill("laptop");
    await page.getByRole("button", { name: "Add a passkey" }).click();
    await page.getByRole("region", { name: "Recovery codes" }).waitFor();
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.getByRole("link", { name: "Sign in with a passkey" }).click();
    await page.getByRole("button", { name: "Use a passkey" }).click();
    await page.getByText("Hello, carol-two").waitFor();
    await page.goto(`${base}/settings/security`);
    await page.getByRole("cell", { name: "laptop", exact: true }).waitFor();
    await expectAccessible(page);
    await expectFits(page);
    await takePictures(page, "security");
    await page.getByRole("button", { name: "Remove passkey laptop" }).click();
    await page.getByText("You have no passkey").waitFor();
  });

  test("an account is deleted once its name is typed", async () => {
    const page = await hub.visitor();
    await signUp(page, "dave");
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.goto("/settings/export").catch(() => undefined),
    ]);
    expect(download.suggestedFilename()).toBe("wherry-dave.json");
    await page.goto("/settings/delete");
    await expectAccessible(page);
    await takePictures(page, "delete-account");
    await page.getByLabel("To go on, type dave").fill("dav");
    await page.getByRole("button", { name: "Delete the account dave" }).click();
    await page.getByRole("alert").waitFor();
    await page.getByLabel("To go on, type dave").fill("dave");
    await page.getByRole("button", { name: "Delete the account dave" }).click();
    await page.getByText("The account dave is deleted.").waitFor();
    await signIn(page, "dave");
    await page.getByText("The name or the password is wrong").waitFor();
  });
});
