import { chmod, copyFile, mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { run } from "../support/command.ts";
import { TemporaryFolder } from "./serve/support/temporary-folder.ts";

/*
 * launch.sh in a checkout that consists of it, a lock file and a program. The npm on PATH is a script that writes down its arguments
 * and installs one thing: this Node.
 */

test("the first run installs, the next one does not, and a new lock file makes it install again", async () => {
  await using checkout = await makeCheckout();
  expect(await launch(checkout)).toMatchObject({
    code: 0,
    stdout: "entry a b\n",
    stderr: expect.stringContaining("Installing"),
  });
  expect(await launch(checkout)).toMatchObject({ code: 0, stdout: "entry a b\n", stderr: "" });
  await writeFile(path.join(checkout.path, "package-lock.json"), '{"changed": true}');
  expect((await launch(checkout)).stderr).toContain("Installing");
  expect(await installations(checkout)).toBe(2);
});

test("two first runs at once install once", async () => {
  await using checkout = await makeCheckout();
  const outcomes = await Promise.all([launch(checkout), launch(checkout), launch(checkout)]);
  expect(outcomes.map(({ code }) => code)).toEqual([0, 0, 0]);
  expect(await installations(checkout)).toBe(1);
});

test("the exit code is the program's", async () => {
  await using checkout = await makeCheckout();
  await writeFile(path.join(checkout.path, "entry.ts"), "process.exitCode = 7;");
  expect((await launch(checkout)).code).toBe(7);
});

test("a failed installation shows npm's words and what to do, and is tried again", async () => {
  await using checkout = await makeCheckout("echo 'npm error network ENOTFOUND' >&2; exit 1");
  const outcome = await launch(checkout);
  expect(outcome).toMatchObject({ code: 1, stdout: "" });
  expect(outcome.stderr).toMatch(/ENOTFOUND[^]*could not be installed[^]*network was down, start again/);
  await launch(checkout);
  expect(await installations(checkout)).toBe(2);
});

test("without npm, or with a Node that is too old for it, it says what to install", async () => {
  await using checkout = await makeCheckout();
  await writeProgram(checkout, "node", "echo 18.20.4");
  expect(await launch(checkout)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/is 18\.20\.4; npm needs 20 or newer/),
  });
  const empty = { PATH: path.join(checkout.path, "tools") };
  await mkdir(empty.PATH);
  for (const tool of ["sh", "dirname", "cat", "cksum", "uname", "grep", "ldd"])
    await symlink(`/usr/bin/${tool}`, path.join(empty.PATH, tool));
  expect(await launch(checkout, empty)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("npm is not installed"),
  });
});

test("on a platform that workerd does not run on it says which ones it does", async () => {
  await using checkout = await makeCheckout();
  await writeProgram(checkout, "uname", "echo $1 | sed 's/-s/FreeBSD/; s/-m/amd64/'");
  expect(await launch(checkout)).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/x86_64 and aarch64; this is FreeBSD amd64/),
  });
});

test("where install scripts are forbidden, it says how to allow the one that matters", async () => {
  await using checkout = await makeCheckout("mkdir -p node_modules");
  await writeProgram(checkout, "node", "echo 20.20.2");
  expect(await launch(checkout)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("npm rebuild node --ignore-scripts=false"),
  });
});

const install = 'mkdir -p node_modules/node/bin; sleep 0.2; ln -sf "$REAL_NODE" node_modules/node/bin/node';

async function makeCheckout(npm = install): Promise<TemporaryFolder> {
  const folder = await TemporaryFolder.make();
  const at = (name: string) => path.join(folder.path, name);
  for (const name of ["node-agent", "programs"]) await mkdir(at(name));
  await copyFile("node-agent/launch.sh", at("node-agent/launch.sh"));
  await writeFile(at("package-lock.json"), "{}");
  await writeFile(
    at("entry.ts"),
    'const words: string[] = process.argv.slice(2); console.log("entry", ...words);',
  );
  await writeFile(at("package.json"), '{ "type": "module" }');
  await writeProgram(folder, "npm", `echo "$@" >>"${at("npm.log")}"\n${npm}`);
  await writeProgram(folder, "node", "echo 20.20.2");
  return folder;
}

async function writeProgram(checkout: TemporaryFolder, name: string, script: string): Promise<void> {
  const file = path.join(checkout.path, "programs", name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}

function launch(checkout: TemporaryFolder, env: Record<string, string> = {}) {
  const script = path.join(checkout.path, "node-agent/launch.sh");
  const PATH = `${path.join(checkout.path, "programs")}:${process.env["PATH"]}`;
  return run("sh", [script, "entry.ts", "a", "b"], { env: { PATH, REAL_NODE: process.execPath, ...env } });
}

async function installations(checkout: TemporaryFolder): Promise<number> {
  return (await readFile(path.join(checkout.path, "npm.log"), "utf8")).trim().split("\n").length;
}
