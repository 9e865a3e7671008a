import { describe, expect, test } from "vitest";
import { execute, findProgram, ProgramError, succeed } from "../../../node-agent/host/exec.ts";

describe("a program of the host", () => {
  test("gets its arguments as they are: no shell reads them", async () => {
    expect(await succeed("echo", ["$HOME; *", "a  b"])).toBe("$HOME; * a  b\n");
  });

  test("does not see the agent's environment", async () => {
    process.env["SECRET_OF_THE_AGENT"] = "yes";
    const seen = await succeed("env", [], { env: { GIVEN: "1" } });
    delete process.env["SECRET_OF_THE_AGENT"];
    expect(seen).toContain("GIVEN=1");
    expect(seen).not.toContain("SECRET_OF_THE_AGENT");
  });

  test("reads its input, and is judged by its exit code when it does not", async () => {
    expect(await succeed("cat", [], { input: "text" })).toBe("text");
    const { code } = await execute("false", [], { input: "x".repeat(1_000_000) });
    expect(code).toBe(1);
  });

  test("that fails is told in its own words", async () => {
    await expect(succeed("ls", ["/no/such/place"])).rejects.toThrow(
      /ls ended with code 2: .*\/no\/such\/place.*No such file/,
    );
  });

  test("that is killed is told by its signal", async () => {
    await expect(succeed("sh", ["-c", "kill -TERM $$"])).rejects.toThrow("sh ended with SIGTERM");
  });

  test("that is missing is named", async () => {
    expect(findProgram("no-such-program")).toBeUndefined();
    await expect(execute("no-such-program", [])).rejects.toThrow(
      "The program no-such-program is not on this host",
    );
  });

  test("is killed at its deadline", async () => {
    await expect(execute("sleep", ["600"], { deadline: 50 })).rejects.toThrow(ProgramError);
  });

  test("is killed when its signal aborts", async () => {
    const stop = new AbortController();
    const sleeping = execute("sleep", ["600"], { signal: stop.signal });
    stop.abort(new Error("told to stop"));
    await expect(sleeping).rejects.toThrow("told to stop");
  });

  test("that prints without end is cut, not held in memory", async () => {
    const { stdout, code } = await execute("head", ["--bytes=50000000", "/dev/zero"]);
    expect(code).toBe(0);
    expect(stdout.length).toBeLessThan(10_000_000);
  });
});
