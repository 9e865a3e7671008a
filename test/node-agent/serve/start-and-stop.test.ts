import { createHash } from "node:crypto";
import { once } from "node:events";
import { chmod, readFile, readdir, stat, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { freePort } from "../../support/server.ts";
import { gone, isAlive } from "./support/process.ts";
import { Program } from "./support/program.ts";
import { TemporaryFolder } from "./support/temporary-folder.ts";

const givenToken = "wherry-serve-test-token-0123456789";
const tokenText = /why_\w+/;

describe("a first start", () => {
  test("prints the administrator's token, which signs in also after a restart, and is not printed again", async () => {
    await using folder = await TemporaryFolder.make();
    const token = await (async () => {
      await using first = new Program(["--port", "0", "--data", folder.path]);
      const url = await first.ready();
      const [text] = await first.printed(tokenText);
      await first.printed(new RegExp(`docker push ${new URL(url).host}/`));
      expect(await signIn(url, text)).toBe(200);
      expect(await first.stop()).toBe(0);
      return text;
    })();
    await using second = new Program(["--port", "0", "--data", folder.path]);
    const url = await second.ready();
    expect(await signIn(url, token)).toBe(200);
    expect(await signIn(url, token.replace(/.$/, "-"))).toBe(401);
    expect(await second.stop()).toBe(0);
    expect(second.output).not.toMatch(tokenText);
    expect(second.output.split("\n").filter(Boolean)).toHaveLength(2);
  });

  test("takes WHERRY_ADMIN_TOKEN for the administrator's token, and does not print it", async () => {
    await using folder = await TemporaryFolder.make();
    await using program = new Program(["--port", "0", "--data", folder.path], {
      WHERRY_ADMIN_TOKEN: givenToken,
    });
    expect(await signIn(await program.ready(), givenToken)).toBe(200);
    expect(program.output).not.toContain(givenToken);
  });

  test("keeps WHERRY_ADMIN_TOKEN from the programs it starts", async () => {
    await using folder = await TemporaryFolder.make();
    await using program = new Program(["--port", "0", "--data", folder.path], {
      WHERRY_ADMIN_TOKEN: givenToken,
    });
    await program.ready();
    const environment = await readFile(`/proc/${await workerdOf(folder)}/environ`, "utf8");
    expect(environment).toContain("WHERRY_SERVER_PID=");
    expect(environment).not.toContain(givenToken);
  });

  test("in a directory that others may look into makes no file that they may read", async () => {
    await using folder = await TemporaryFolder.make();
    await chmod(folder.path, 0o755);
    await using program = new Program(["--port", "0", "--data", folder.path], {
      WHERRY_ADMIN_TOKEN: givenToken,
    });
    const upload = await beginUpload(await program.ready(), "admin/slow");
    expect(await upload.finish()).toBe(201);
    const entries = await readdir(folder.path, { recursive: true });
    expect(entries).toContain("state/do/wherry-UploadObject/metadata.sqlite");
    expect(entries.some((entry) => entry.startsWith("blobs/u/"))).toBe(true);
    const open = await Promise.all(entries.map((entry) => isOpenToOthers(path.join(folder.path, entry))));
    expect(entries.filter((_entry, index) => open[index])).toEqual([]);
  });

  test("says on an address that others can reach that TLS is missing", async () => {
    await using folder = await TemporaryFolder.make();
    await using program = new Program(["--host", "0.0.0.0", "--port", "0", "--data", folder.path]);
    await program.printed(/Warning: 0\.0\.0\.0 can be reached from other machines/);
    expect((await fetch(`${await program.ready()}/healthz`)).status).toBe(200);
  });
});

describe("a start that cannot be", () => {
  test("on a port in use names it and another one", async () => {
    await using folder = await TemporaryFolder.make();
    const other = createServer().listen(await freePort(), "127.0.0.1");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    await using program = new Program(["--port", String(port), "--data", folder.path]);
    expect(await program.ended).toBe(1);
    other.close();
    expect(program.output).toBe(
      `Port ${port} on 127.0.0.1 is in use; stop what listens there, or start with another one: --port ${port + 1}\n`,
    );
  });

  test("on a data directory in use names the server that uses it", async () => {
    await using folder = await TemporaryFolder.make();
    await using first = new Program(["--port", "0", "--data", folder.path]);
    const url = await first.ready();
    await using second = new Program(["--port", "0", "--data", folder.path]);
    expect(await second.ended).toBe(1);
    expect(second.output).toContain(
      `process id ${first.pid}, on ${url}, uses the data directory ${folder.path}.`,
    );
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
  });

  test("on the data of a newer version names both versions", async () => {
    await using folder = await TemporaryFolder.make();
    await writeFile(path.join(folder.path, "version"), '{"format":1,"migration":"9999_future.sql"}');
    await using program = new Program(["--port", "0", "--data", folder.path]);
    expect(await program.ended).toBe(1);
    expect(program.output).toMatch(
      /written by a newer Wherry \(format 1, database 9999_future; this one knows format 1/,
    );
  });

  test.each([
    [["--prot", "1"], "Unknown option '--prot'"],
    [["--port", "70000"], '--port is "70000"'],
    [["--public-url", "hub.example.com"], '--public-url is "hub.example.com"'],
  ])("with %j says what is wrong with it and ends with code 2", async (flags, message) => {
    await using program = new Program(flags);
    expect(await program.ended).toBe(2);
    expect(program.output).toContain(message);
    expect(program.output.trim().split("\n")).toHaveLength(1);
  });
});

describe("the end", () => {
  test("by Ctrl-C lets a request finish, and leaves no process behind", async () => {
    await using folder = await TemporaryFolder.make();
    await using program = new Program(["--port", "0", "--data", folder.path], {
      WHERRY_ADMIN_TOKEN: givenToken,
    });
    const url = await program.ready();
    const workerd = await workerdOf(folder);
    const upload = await beginUpload(url, "admin/slow");
    program.signal("SIGINT");
    // npm passes on what the terminal has already sent: both are one Ctrl-C.
    program.signal("SIGINT");
    await program.printed(/Finishing what runs/);
    expect(await upload.finish()).toBe(201);
    expect(await program.ended).toBe(0);
    expect(isAlive(workerd)).toBe(false);
    expect(program.output).toMatch(/Wherry has stopped\.\n$/);
  });

  test("by a second Ctrl-C does not wait, and is no success", async () => {
    await using folder = await TemporaryFolder.make();
    await using program = new Program(["--port", "0", "--data", folder.path], {
      WHERRY_ADMIN_TOKEN: givenToken,
    });
    const upload = await beginUpload(await program.ready(), "admin/slow");
    const outcome = upload.status.catch((error: Error) => error.message);
    program.signal("SIGINT");
    await program.printed(/Ctrl-C again stops at once/);
    program.signal("SIGINT");
    expect(await program.ended).toBe(1);
    expect(await outcome).toMatch(/socket hang up|ECONNRESET/);
    expect(program.output).toMatch(/requests were cut off\.\n$/);
  });

  test("by kill -9 takes workerd with it, and the next start works at once", async () => {
    await using folder = await TemporaryFolder.make();
    const port = String(await freePort());
    await using first = new Program(["--port", port, "--data", folder.path], {
      WHERRY_ADMIN_TOKEN: givenToken,
    });
    await first.ready();
    const workerd = await workerdOf(folder);
    first.signal("SIGKILL");
    await first.ended;
    await gone(workerd);
    await using second = new Program(["--port", port, "--data", folder.path]);
    expect(await signIn(await second.ready(), givenToken)).toBe(200);
  });

  test("of workerd alone is mended, and the operator told", async () => {
    await using folder = await TemporaryFolder.make();
    await using program = new Program(["--port", "0", "--data", folder.path]);
    const url = await program.ready();
    process.kill(await workerdOf(folder), "SIGKILL");
    await program.printed(/workerd ended by itself and was started again/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    expect(await program.stop()).toBe(0);
  });
});

/** @returns the status of `/token` for the user admin with this password. */
async function signIn(url: string, token: string): Promise<number> {
  const authorization = `Basic ${btoa(`admin:${token}`)}`;
  return (await fetch(`${url}/token?service=wherry`, { headers: { authorization } })).status;
}

/** Sends half of a blob; `finish` sends the rest. */
async function beginUpload(
  url: string,
  repository: string,
): Promise<{ status: Promise<number>; finish(): Promise<number> }> {
  const scope = `repository:${repository}:pull,push`;
  const basic = { authorization: `Basic ${btoa(`admin:${givenToken}`)}` };
  const answer = await fetch(`${url}/token?service=wherry&scope=${scope}`, { headers: basic });
  const { token } = (await answer.json()) as { token: string };
  const authorization = `Bearer ${token}`;
  const started = await fetch(`${url}/v2/${repository}/blobs/uploads/`, {
    method: "POST",
    headers: { authorization },
  });
  const target = new URL(started.headers.get("location") ?? "", url);
  const half = Buffer.alloc(1024 * 1024, "wherry");
  const digest = createHash("sha256").update(half).update(half).digest("hex");
  target.searchParams.set("digest", `sha256:${digest}`);
  const headers = { authorization, "content-length": 2 * half.length };
  const put = request(target, { method: "PUT", headers });
  const status = new Promise<number>((resolve, reject) => {
    put.once("error", reject).once("response", (response) => resolve(response.resume().statusCode ?? 0));
  });
  await new Promise((resolve) => put.write(half, resolve));
  return {
    status,
    finish: () => {
      put.end(half);
      return status;
    },
  };
}

/** What has gone meanwhile is not. */
async function isOpenToOthers(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found !== undefined && (found.mode & 0o077) !== 0;
}

async function workerdOf(folder: TemporaryFolder): Promise<number> {
  return Number(await readFile(path.join(folder.path, "workerd.pid"), "utf8"));
}
