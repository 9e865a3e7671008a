import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

/** What the hub answers to one question at /token. */
type Answer = [status: number, body: object | string];

const pending: Answer = [400, { error: "authorization_pending" }];
const approved: Answer = [200, { access_token: "why_token", name: "alice", token_type: "Bearer" }];

let folder: string;
let hub: Server;
let host: string;
/** Answers of /token, in order; the last one stays. */
let answers: Answer[];
let started: Answer | undefined;
const received: { url: string; body: string }[] = [];
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "wherry-login-"));
  answers = [pending, approved];
  started = undefined;
  received.length = 0;
  hub = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => void (body += chunk.toString()));
    request.on("end", () => {
      received.push({ url: request.url ?? "", body });
      const [status, answer] =
        request.url === "/token" ? next() : request.url === authorize ? (started ?? flow()) : none;
      response.writeHead(status, { "Content-Type": "application/json" });
      response.end(typeof answer === "string" ? answer : JSON.stringify(answer));
    });
  });
  hub.listen(0, "127.0.0.1");
  await once(hub, "listening");
  host = `127.0.0.1:${(hub.address() as AddressInfo).port}`;
});

afterEach(async () => {
  child?.kill("SIGKILL");
  hub.closeAllConnections();
  hub.close();
  await rm(folder, { recursive: true, force: true });
});

const authorize = "/api/v1/device/authorize";
const none: Answer = [404, "<html>"];

function next(): Answer {
  return (answers.length > 1 ? answers.shift() : answers[0]) ?? none;
}

function flow(more: object = {}): Answer {
  return [
    200,
    {
      device_code: "secret-of-the-device",
      user_code: "BCDF-GHJK",
      verification_uri: `http://${host}/device`,
      verification_uri_complete: `http://${host}/device?code=BCDF-GHJK`,
      expires_in: 600,
      interval: 1,
      ...more,
    },
  ];
}

interface Ended {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** `wherry login`, with a PATH on which there is nothing but what a test has put there. */
async function login(args: readonly string[], onOutput?: (stderr: string) => void): Promise<Ended> {
  const env = { PATH: path.join(folder, "bin"), HOME: folder, NODE_COMPILE_CACHE: "" };
  const started_ = spawn(process.execPath, ["node-agent/cli/main.ts", "login", ...args], { env });
  child = started_;
  let [stdout, stderr] = ["", ""];
  started_.stdout.on("data", (chunk: Buffer) => void (stdout += chunk.toString()));
  started_.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    onOutput?.(stderr);
  });
  const [code] = (await once(started_, "close")) as [number | null];
  return { code, stdout, stderr };
}

/** A program that keeps what it is called with and what it is given. */
async function putProgram(name: string, code = 0): Promise<() => Promise<string>> {
  const bin = path.join(folder, "bin");
  await mkdir(bin, { recursive: true });
  const kept = path.join(folder, `${name}.called`);
  const script = `#!/bin/sh\nprintf '%s ' "$@" > '${kept}'\n/bin/cat >> '${kept}'\necho "said by ${name}" >&2\nexit ${code}\n`;
  await writeFile(path.join(bin, name), script);
  await chmod(path.join(bin, name), 0o755);
  return async () => readFile(kept, "utf8");
}

const config = () => path.join(folder, ".docker/config.json");

describe("wherry login", () => {
  test("shows where to type which code, waits, and hands the token to docker", async () => {
    const called = await putProgram("docker");
    const { code, stdout, stderr } = await login([host]);
    expect(code).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toContain(`open\n\n    http://${host}/device\n\nand type the code\n\n    BCDF-GHJK\n`);
    expect(stderr).toContain(`Signed in to ${host} as alice; docker has kept it.`);
    expect(await called()).toBe(`login --username alice --password-stdin ${host} why_token`);
    expect(received.map(({ url }) => url)).toEqual([authorize, "/token", "/token"]);
    expect(JSON.parse(received[0]?.body ?? "")).toEqual({
      client: expect.stringMatching(/^wherry login on ./) as string,
    });
    expect(received[1]?.body).toContain("device_code=secret-of-the-device");
  });

  test("takes podman where there is no docker", async () => {
    const called = await putProgram("podman");
    expect((await login([host])).code).toBe(0);
    expect(await called()).toBe(
      `login --tls-verify=false --username alice --password-stdin ${host} why_token`,
    );
  });

  test("says what docker said when it refuses, and fails", async () => {
    await putProgram("docker", 1);
    const { code, stderr } = await login([host]);
    expect(code).toBe(1);
    expect(stderr).toContain("docker did not take it:\nsaid by docker");
    expect(stderr).not.toContain("why_token");
  });

  test("--print prints the token and keeps it nowhere", async () => {
    expect(await login(["--print", host])).toMatchObject({ code: 0, stdout: "why_token\n" });
    await expect(stat(config())).rejects.toThrow("ENOENT");
  });

  test("--scope asks for that", async () => {
    const scope = "repository:acme/web:pull";
    await login(["--print", "--scope", scope, "--scope", "fleet", host]);
    expect(JSON.parse(received[0]?.body ?? "")).toMatchObject({ scopes: [scope, "fleet"] });
  });

  describe("without docker and podman", () => {
    const auth = Buffer.from("alice:why_token").toString("base64");

    test("keeps the token in docker's file, for its user alone", async () => {
      const { code, stderr } = await login([host]);
      expect(code).toBe(0);
      expect(stderr).toContain(`kept in ${config()}`);
      expect(JSON.parse(await readFile(config(), "utf8"))).toEqual({ auths: { [host]: { auth } } });
      expect((await stat(config())).mode & 0o777).toBe(0o600);
    });

    test("keeps what is in the file, and where it is", async () => {
      const before = {
        auths: { "other.example": { auth: "eA==" } },
        proxies: { default: {} },
        psFormat: "x",
      };
      await mkdir(path.dirname(config()), { recursive: true });
      const elsewhere = path.join(folder, "dotfiles.json");
      await writeFile(elsewhere, JSON.stringify(before));
      await symlink(elsewhere, config());
      expect((await login([host])).code).toBe(0);
      expect(JSON.parse(await readFile(elsewhere, "utf8"))).toEqual({
        ...before,
        auths: { ...before.auths, [host]: { auth } },
      });
    });

    test.each([{ credsStore: "keeper" }, { credsStore: "other", credHelpers: { HOST: "keeper" } }])(
      "gives the token to the helper that the file names: %j",
      async (settings) => {
        const called = await putProgram("docker-credential-keeper");
        await mkdir(path.dirname(config()), { recursive: true });
        const text = JSON.stringify(settings).replace("HOST", host);
        await writeFile(config(), text);
        expect(await login([host])).toMatchObject({ code: 0 });
        expect(await called()).toBe(
          `store ${JSON.stringify({ ServerURL: host, Username: "alice", Secret: "why_token" })}`,
        );
        expect(await readFile(config(), "utf8")).toBe(text);
      },
    );

    test("leaves a file alone that it cannot read", async () => {
      await mkdir(path.dirname(config()), { recursive: true });
      await writeFile(config(), "{ auths");
      expect(await login([host])).toMatchObject({
        code: 1,
        stderr: expect.stringContaining("is no JSON object"),
      });
      expect(await readFile(config(), "utf8")).toBe("{ auths");
    });
  });

  test("goes on asking when the hub fails for a moment", async () => {
    answers = [[502, "<html>"], [503, { error: "temporarily_unavailable" }], approved];
    expect(await login(["--print", host])).toMatchObject({ code: 0, stdout: "why_token\n" });
  });

  test.each<[string, Answer, string]>([
    ["refused", [400, { error: "access_denied" }], "It was refused in the browser."],
    ["expired", [400, { error: "expired_token" }], "Nobody approved it in time."],
    [
      "unknown to the hub",
      [400, { error: "invalid_grant", error_description: "there is no such \u001b[2Jrequest" }],
      "refuses: there is no such  [2Jrequest.",
    ],
  ])("that is %s fails with words for it", async (_title, answer, said) => {
    answers = [answer];
    const { code, stderr } = await login([host]);
    expect(code).toBe(1);
    expect(stderr).toContain(said);
  });

  test("says when the other end is no hub, and prints nothing of what it sent", async () => {
    for (const answer of [
      none,
      flow({ user_code: "\u001b]0;owned\u0007" }),
      flow({ verification_uri: "javascript:alert(1)" }),
      [200, "[]"] as Answer,
    ]) {
      started = answer;
      const { code, stderr } = await login([host]);
      expect(code).toBe(1);
      expect(stderr).toContain("does not answer like a Wherry hub");
      expect(stderr).not.toContain("\u001b");
    }
  });

  test("says when nobody is there", async () => {
    hub.close();
    await once(hub, "close");
    expect(await login([host])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/127\.0\.0\.1:\d+ cannot be reached: .*ECONNREFUSED/) as string,
    });
  });

  test("ends with Ctrl-C, in words and with code 130", async () => {
    answers = [pending];
    let pressed = false;
    const { code, stderr } = await login([host], (said) => {
      // Once: a second one does not wait for words.
      if (pressed || !said.includes("Waiting for")) return;
      pressed = true;
      child?.kill("SIGINT");
    });
    expect(code).toBe(130);
    expect(stderr).toContain("Ended early; nothing was kept.");
  });

  test("explains itself, and refuses what it does not understand", async () => {
    expect(await login(["--help"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("--print") as string,
    });
    const codes = [];
    for (const args of [["--nonsense"], ["a", "b"], ["http://hub.example/path"], ["not a host"]])
      codes.push((await login(args)).code);
    // As docker: flags 125, how many arguments there are 1.
    expect(codes).toEqual([125, 1, 2, 2]);
  });
});
