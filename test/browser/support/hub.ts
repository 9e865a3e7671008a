import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Page,
} from "playwright-core";
import { findProgram } from "../../support/command.ts";
import { programs } from "../../support/needs.ts";
import { Server } from "../../support/server.ts";

/** What the tests of pages need. */
export const needs = [programs("chromium")];

/** How long a page may take to show what is waited for, in milliseconds. It takes a tenth of a second. */
const patience = 30_000;

/** A hub of its own, and a browser. Each person has a context: cookies of their own, as in a browser of their own. */
export class Hub implements AsyncDisposable {
  readonly server: Server;
  readonly #browser: Browser;

  private constructor(server: Server, browser: Browser) {
    this.server = server;
    this.#browser = browser;
  }

  static async start(env: Readonly<Record<string, string>> = {}): Promise<Hub> {
    const executablePath = findProgram("chromium");
    if (executablePath === undefined) throw new Error("There is no chromium.");
    // CI runs as root, whom Chromium refuses its sandbox. The pages are our own.
    const args = ["--no-sandbox", "--disable-background-networking", "--disable-component-update"];
    const browser = await chromium.launch({ executablePath, args });
    try {
      return new Hub(await Server.start({ env }), browser);
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** A browser of somebody who has not been here. */
  async visitor(options: BrowserContextOptions = {}): Promise<Page> {
    const context: BrowserContext = await this.#browser.newContext({ baseURL: this.server.url, ...options });
    context.setDefaultTimeout(patience);
    return context.newPage();
  }

  /** The administrator, who has set a password with the token of the first start. */
  async administrator(): Promise<Page> {
    const page = await this.visitor();
    await page.goto("/welcome");
    await page.getByLabel("Access token").fill(this.server.adminToken);
    await page.getByLabel("E-mail address").fill("admin@hub.example");
    await page.getByLabel("Password").fill(administratorPassword);
    await page.getByRole("button", { name: "Set the password and sign in" }).click();
    await page.getByText("Hello, admin").waitFor();
    return page;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#browser.close();
    await this.server[Symbol.asyncDispose]();
  }
}

export const administratorPassword = "a boat of planks";
export const password = "cargo for all ports";

/** Signs up, and stays with an address that is not verified. */
export async function signUp(page: Page, name: string): Promise<void> {
  await page.goto("/sign-up");
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("E-mail address").fill(`${name}@people.example`);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Create the account" }).click();
  await page.getByText(`Hello, ${name}`).waitFor();
}

/** Signs in with name and password; resolves when the form was answered. */
export async function signIn(page: Page, name: string, secret: string = password): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("Name or e-mail address").fill(name);
  await page.getByLabel("Password", { exact: true }).fill(secret);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/**
 * The link of the newest mail to somebody, as the administrator finds it in the outbox. Mail is written behind the answer, so it may
 * take a moment to be there.
 */
export async function linkOfMail(administrator: Page, recipient: string, path: string): Promise<string> {
  const link = administrator
    .locator("article", { hasText: recipient })
    .getByRole("link", { name: new RegExp(`${path}\\?token=`) })
    .first();
  const end = Date.now() + patience;
  do await administrator.goto("/outbox");
  while (Date.now() < end && (await link.count()) === 0);
  const address = await link.getAttribute("href");
  if (address === null) throw new Error(`The mail to ${recipient} has no link to ${path}.`);
  return address;
}
