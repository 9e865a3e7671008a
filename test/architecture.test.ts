import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { areaOf, objection } from "./support/import-table.ts";
import { cycles, importsOf, listFiles, type SourceFile } from "./support/source-files.ts";

const files = listFiles("*.ts", "*.tsx", "*.mjs");
const imports = files.flatMap(importsOf);
const tests = files.filter((file) => file.path.startsWith("test/"));
// This file plants what it looks for.
const isThisFile = (file: SourceFile) => file.path === "test/architecture.test.ts";

test("the rules see the files and the imports of this repository", () => {
  expect(files.map((file) => file.path)).toEqual(
    expect.arrayContaining(["workers/env.ts", "workers/shared/digest.ts", "test/architecture.test.ts"]),
  );
  expect(imports).toContainEqual({
    from: "workers/registry/errors.ts",
    to: "workers/shared/errors.ts",
    typeOnly: false,
  });
  expect(imports.length).toBeGreaterThan(files.length);
});

describe("imports", () => {
  test("follow the table", () => {
    expect(imports.map(objection).filter(Boolean)).toEqual([]);
  });

  test("make no cycle", () => {
    expect(cycles(imports)).toEqual([]);
  });

  test.each([
    ["workers/shared/digest.ts", 'import { HubError } from "./errors.ts";'],
    ["workers/registry/blobs.ts", 'import { Database } from "../db/index.ts";'],
    ["workers/registry/blobs.ts", 'import type { BlobStore } from "../platform/blob-store.ts";'],
    ["workers/registry/upload-object.ts", 'import type { Env } from "../env.ts";'],
    ["workers/env.ts", 'import type { UploadObject } from "./registry/upload-object.ts";'],
    ["workers/index.ts", 'export { UploadObject } from "./registry/index.ts";'],
    ["node-agent/serve/main.ts", 'import { parseDigest } from "#shared/digest";'],
    ["node-agent/cli/ps.ts", 'import type { Container } from "../engine/types.ts";'],
    ["test/workers/auth/access.test.ts", 'import { decide } from "../../../workers/auth/access.ts";'],
  ])("allow %s: %s", (from, statement) => {
    const found = importsOf({ path: from, text: statement });
    expect(found).toHaveLength(1);
    expect(found.map(objection)).toEqual([undefined]);
  });

  test.each([
    ["workers/shared/digest.ts", 'import { Kysely } from "kysely";', "nothing else"],
    ["workers/platform/log.ts", 'import { access } from "../auth/index.ts";', "may not import workers/auth"],
    [
      "workers/auth/access.ts",
      'import type { Manifest } from "../registry/index.ts";',
      "may not import workers/registry",
    ],
    [
      "workers/registry/tags.ts",
      'import { decide } from "../auth/access.ts";',
      "entered through workers/auth/index.ts",
    ],
    ["workers/registry/tags.ts", 'import {\n  decide,\n} from "../auth/access.ts";', "entered through"],
    ["workers/registry/tags.ts", 'export * from "../auth/access.ts";', "entered through"],
    ["workers/registry/tags.ts", 'const x = await import("../hub/index.ts");', "may not import workers/hub"],
    ["workers/registry/tags.ts", 'import type { Env } from "../env.ts";', "may not import workers/env"],
    ["workers/registry/upload-object.ts", 'import { Env } from "../env.ts";', "may not import workers/env"],
    ["workers/registry/tags.ts", 'import "../app.ts";', "may not import workers"],
    [
      "workers/app.ts",
      'import { images } from "../node-agent/images/index.ts";',
      "may not import node-agent/images",
    ],
    ["workers/app.ts", 'import { alice } from "../test/support/people.ts";', "may not import test"],
    ["node-agent/images/pull.ts", 'import { app } from "../../workers/app.ts";', "may not import workers"],
    [
      "node-agent/engine/build.ts",
      'import { link } from "../fleet/index.ts";',
      "may not import node-agent/fleet",
    ],
    [
      "node-agent/serve/main.ts",
      'import { pull } from "../images/index.ts";',
      "may not import node-agent/images",
    ],
    ["node-agent/fresh/idea.ts", 'import { run } from "../host/exec.ts";', "may not import node-agent/host"],
  ])("refuse %s: %s", (from, statement, reason) => {
    expect(importsOf({ path: from, text: statement }).map(objection)).toEqual([
      expect.stringContaining(reason),
    ]);
  });

  test("a cycle is seen, also a long one; one of types is none", () => {
    const edge = (from: string, to: string, typeOnly = false) => ({ from, to, typeOnly });
    expect(cycles([edge("a", "b"), edge("b", "c"), edge("c", "a")])).toEqual([["a", "b", "c", "a"]]);
    expect(cycles([edge("a", "b"), edge("b", "a", true)])).toEqual([]);
    expect(cycles([edge("a", "b"), edge("a", "c"), edge("b", "d"), edge("c", "d")])).toEqual([]);
  });

  test("the agent reaches what it shares with the hub by #shared/ and by no path", () => {
    const agent = files.filter((file) => areaOf(file.path)?.startsWith("node-agent"));
    expect(agent.filter((file) => /from "[./]+\/workers\//.test(file.text)).map((file) => file.path)).toEqual(
      [],
    );
  });
});

describe("files", () => {
  test("have 500 lines at most", () => {
    expect(pathsWhere(files, ({ text }) => text.split("\n").length > 501)).toEqual([]);
  });

  test("are named for what they are, not for being of use", () => {
    const vague = /(^|[/-])(utils?|helpers?|managers?|common|lib|misc|data|info)([-./]|$)/;
    expect(pathsWhere(files, (file) => vague.test(file.path))).toEqual([]);
    expect(vague.test("workers/registry/blob-utils.ts")).toBe(true);
  });

  test("with routes have tests of their domain", () => {
    const routes = files
      .filter((file) => file.path.endsWith("/routes.ts"))
      .map((file) => path.posix.dirname(file.path));
    const untested = routes.filter(
      (domain) => !tests.some((file) => file.path.startsWith(`test/${domain}/`)),
    );
    expect(untested).toEqual([]);
  });

  test("that silence the linter or the compiler say why", () => {
    expect(pathsWhere(files, (file) => silences(file) && !isThisFile(file))).toEqual([]);
    const planted = (comment: string) => silences({ path: "workers/app.ts", text: `// ${comment}\n` });
    expect(planted("oxlint-disable-next-line no-console")).toBe(true);
    expect(planted("oxlint-disable-next-line no-console -- the command line's own output")).toBe(false);
    expect(planted("@ts-ignore: it is fine")).toBe(true);
    expect(planted("@ts-expect-error")).toBe(true);
    expect(planted("@ts-expect-error: the test passes what the type forbids")).toBe(false);
  });
});

describe("tests", () => {
  test("are all run: none is focused, left out or promised", () => {
    // describeNeeding, in needs.ts, is the one door to skipping: it gives the reason.
    const door = (file: SourceFile) => file.path === "test/support/needs.ts";
    expect(pathsWhere(tests, (file) => narrows(file) && !isThisFile(file) && !door(file))).toEqual([]);
    for (const text of [
      "test.only(",
      "describe.skip(",
      "it.concurrent.todo(",
      "test.skipIf(",
      "{ skip: true }",
    ]) {
      expect(narrows({ path: "test/workers/tags.test.ts", text })).toBe(true);
    }
  });
});

describe("package.json", () => {
  const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Record<string, Record<string, string>>;

  test("names exact versions", () => {
    const versions = Object.values({ ...manifest["dependencies"], ...manifest["devDependencies"] });
    expect(versions.length).toBeGreaterThan(10);
    expect(versions.filter((version) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  test("leads to one workerd: tests, `npm start` and `wrangler dev` run the same one", () => {
    const lock = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
      packages: Record<string, unknown>;
    };
    expect(Object.keys(lock.packages).filter((name) => name.endsWith("node_modules/workerd"))).toEqual([
      "node_modules/workerd",
    ]);
  });
});

function pathsWhere(among: readonly SourceFile[], condition: (file: SourceFile) => boolean): string[] {
  return among.filter(condition).map((file) => file.path);
}

/** Whether a comment turns a check off without a reason. */
function silences({ text }: SourceFile): boolean {
  const disable = /(?:oxlint|eslint)-disable(?!.* -- \S)/;
  const compiler = /@ts-(?:ignore|nocheck)|@ts-expect-error(?!:? +\S)/;
  return disable.test(text) || compiler.test(text);
}

/** Whether a test file keeps some of its tests from running. */
function narrows({ text }: SourceFile): boolean {
  return /\b(?:it|test|describe|suite)\b[\w.]*\.(?:only|skip|todo|skipIf|runIf)\b|\bskip: true\b/.test(text);
}
