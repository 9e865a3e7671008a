import type { Page } from "playwright-core";
import { linkOfMail, signUp, type Hub } from "./hub.ts";

/** Somebody with a verified address, signed in, in a browser of their own. */
export async function verified(hub: Hub, administrator: Page, name: string): Promise<Page> {
  const page = await hub.visitor();
  await signUp(page, name);
  await verify(page, administrator, name);
  return page;
}

/** Follows the link of the mail that somebody who has signed up got. */
export async function verify(page: Page, administrator: Page, name: string): Promise<void> {
  await page.goto(await linkOfMail(administrator, `${name}@people.example`, "/verify"));
  await page.getByRole("button", { name: "Verify this address" }).click();
  await page.getByText("Your e-mail address is verified.").waitFor();
}

/** Makes an organization by its page. */
export async function createOrganization(page: Page, name: string): Promise<void> {
  await page.goto("/organizations/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByRole("button", { name: "Create organization" }).click();
  await page.getByText(`${name} is there, and you are its owner.`).waitFor();
}

/** Makes a team by its page, and stays on the team's own. */
export async function createTeam(page: Page, organization: string, team: string): Promise<void> {
  await page.goto(`/organizations/${organization}/new-team`);
  await page.getByLabel("Name", { exact: true }).fill(team);
  await page.getByRole("button", { name: "Create team" }).click();
  await page.getByText(`The team ${team} is there.`).waitFor();
}

/** Makes an access token that may do this in every repository, and returns its text. */
export async function createToken(page: Page, name: string, may: readonly string[]): Promise<string> {
  await page.goto("/settings/tokens/new");
  await page.getByLabel("Name", { exact: true }).fill(name);
  for (const box of await page.getByRole("checkbox").all()) await box.uncheck();
  for (const each of may) await page.getByRole("checkbox", { name: each, exact: true }).check();
  await page.getByRole("button", { name: "Create token" }).click();
  return shownToken(page);
}

/** The text of a token on the page that shows it once. */
export async function shownToken(page: Page): Promise<string> {
  const text = await page.getByRole("region", { name: "Token", exact: true }).textContent();
  return (text ?? "").trim();
}
