import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, symlink } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findProgram } from "../support/command.ts";
import { describeNeeding, programs, root } from "../support/needs.ts";
import { Server } from "../support/server.ts";
import { loginArguments, makeImage, pull, push } from "./support/images.ts";
import { Machine } from "./support/machine.ts";

const needs = [
  root,
  programs("docker", "podman", "skopeo", "buildah", "dockerd", "containerd", "runc", "busybox"),
];

const password = "cargo for all ports";

/** How long the hub may take to write a mail behind its answer, in milliseconds. */
const patience = 30_000;

describeNeeding(needs, "signing in, as docker and podman meet it", () => {
  let server: Server;
  let machine: Machine;
  let alice: Browser;
  let layout: string;

  beforeAll(async () => {
    server = await Server.start();
    machine = await Machine.start();
    layout = await makeImage(machine);
    const administrator = new Browser(server);
    await administrator.send("/welcome", "claim", {
      accessToken: server.adminToken,
      email: "admin@hub.example",
      password,
    });
    alice = new Browser(server);
    await alice.send("/sign-up", "account", { name: "alice", email: "alice@people.example", password });
    await alice.send("/verify", "verify", { token: await tokenInMail(administrator) });
  });

  afterAll(async () => {
    await machine?.[Symbol.asyncDispose]();
    await server?.[Symbol.asyncDispose]();
  });

  test("docker login refuses the password of an account, and says where to make a token", async () => {
    const said = await machine.fail("docker", loginArguments("docker", server.host, "alice"), password);
    expect(said).toContain(
      `unauthorized: this takes an access token, not the password of your account: make one at ${server.url}/settings/tokens`,
    );
  });

  // podman has words of its own for every 401.
  test("podman login refuses the password of an account", async () => {
    const said = await machine.fail("podman", loginArguments("podman", server.host, "alice"), password);
    expect(said).toContain("invalid username/password");
  });

  describe.each(["docker", "podman"] as const)("wherry login where there is %s", (client) => {
    test("signs it in by an approval in the browser: it pushes and pulls", async () => {
      const login = await WherryLogin.start(machine, client, server.host);
      const code = await login.code;
      const { headers } = await alice.send("/device", "look", { shown: code });
      expect(headers.get("Location")).toBe(`/device/${code}`);
      await alice.send(`/device/${code}`, "approve", { name: `laptop with ${client}`, lifetime: "90" });
      expect(await login.ended).toBe(0);
      expect(login.said).toContain(`Signed in to ${server.host} as alice; ${client} has kept it.`);
      const image = `${server.host}/alice/from-${client}:1`;
      await push(machine, client, layout, image);
      expect(await pull(machine, client, image)).toContain("built for alice");
      expect(await alice.read("/settings/tokens")).toContain(`laptop with ${client}`);
    });
  });

  async function tokenInMail(administrator: Browser): Promise<string> {
    const end = Date.now() + patience;
    while (Date.now() < end) {
      const token = /\/verify\?token=([\w.-]+)/.exec(await administrator.read("/outbox"))?.[1];
      if (token !== undefined) return token;
    }
    throw new Error("The mail that verifies alice's address is not there.");
  }
});

/** A browser as far as the hub can tell: it keeps cookies, and sends the forms of its pages. */
class Browser {
  readonly #origin: string;
  readonly #cookies = new Map<string, string>();

  constructor(server: Server) {
    this.#origin = server.url;
  }

  /** @throws Error unless the page is shown. */
  async read(page: string): Promise<string> {
    const answer = await this.#ask(page, {});
    const text = await answer.text();
    if (answer.status !== 200) throw new Error(`${page} was answered ${answer.status}: ${text}`);
    return text;
  }

  /** Sends one form of a page. @throws Error unless it did what it is for, and leads on. */
  async send(page: string, form: string, fields: Record<string, string>): Promise<Response> {
    const answer = await this.#ask(page, {
      method: "POST",
      headers: { Origin: this.#origin },
      body: new URLSearchParams({ form, ...fields }),
    });
    if (answer.status !== 303)
      throw new Error(`${form} of ${page} was answered ${answer.status}: ${await answer.text()}`);
    return answer;
  }

  async #ask(page: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Cookie", [...this.#cookies].map((pair) => pair.join("=")).join("; "));
    const answer = await fetch(`${this.#origin}${page}`, { ...init, headers, redirect: "manual" });
    for (const cookie of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
      if (name !== undefined && value !== undefined) this.#cookies.set(name, value);
    }
    return answer;
  }
}

/** `wherry login` on the machine of somebody who has one client. */
class WherryLogin {
  /** What it has printed so far. */
  said = "";
  /** The code that it shows. */
  readonly code: Promise<string>;
  /** Its exit code. */
  readonly ended: Promise<number | null>;

  private constructor(env: Readonly<Record<string, string>>, host: string) {
    const child = spawn(process.execPath, ["node-agent/cli/main.ts", "login", host], { env });
    const shown = Promise.withResolvers<string>();
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => {
        this.said += text;
        const code = /^ +([A-Z]{4}-[A-Z]{4})$/m.exec(this.said)?.[1];
        if (code !== undefined) shown.resolve(code);
      });
    this.code = shown.promise;
    this.ended = once(child, "close").then(([code]) => {
      shown.reject(new Error(`It ended without a code:\n${this.said}`));
      return code as number | null;
    });
  }

  static async start(machine: Machine, client: "docker" | "podman", host: string): Promise<WherryLogin> {
    const folder = path.join(machine.folder, `only-${client}`);
    await mkdir(folder);
    await symlink(findProgram(client) ?? client, path.join(folder, client));
    const env = { PATH: folder, HOME: folder, ...(await machine.environment(client)) };
    return new WherryLogin(env, host);
  }
}
