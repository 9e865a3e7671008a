import { expect, test } from "vitest";
import { run } from "../support/command.ts";

const wherry = (...args: string[]) => run(process.execPath, ["node-agent/wherry.mjs", ...args]);

test("wherry alone lists its commands", async () => {
  expect(await wherry()).toMatchObject({ code: 0, stdout: expect.stringContaining("serve") });
});

test("wherry serve takes the flags of npm start, and ends with the same code", async () => {
  expect(await wherry("serve", "--help")).toMatchObject({
    code: 0,
    stdout: expect.stringContaining("--port <number>"),
  });
  expect((await wherry("serve", "--nonsense")).code).toBe(2);
});

test("an unknown command ends with code 2", async () => {
  expect(await wherry("sail")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no command "sail"'),
  });
});
