import { describe, expect, test } from "vitest";
import { parseCreateBody } from "../../../node-agent/containers/create-body.ts";
import {
  firstHealth,
  healthPlan,
  judgeProbe,
  untilNextProbe,
} from "../../../node-agent/containers/health.ts";
import { withImageDefaults } from "../../../node-agent/containers/image-defaults.ts";
import {
  checkRestartPolicy,
  restartDelay,
  startsWithAgent,
} from "../../../node-agent/containers/restart-policy.ts";
import { signalNumber } from "../../../node-agent/containers/signals.ts";
import { startFailure } from "../../../node-agent/containers/start-errors.ts";
import {
  type Happening,
  initialState,
  next,
  objection,
  type Request,
  type Status,
} from "../../../node-agent/containers/state.ts";

const after = (...happenings: Happening[]) => happenings.reduce(next, initialState);
const started: Happening = { kind: "started", pid: 7, at: 1000 };
const ended = (exitCode: number): Happening => ({ kind: "ended", exitCode, at: 2000, oomKilled: false });
const planned: Happening = { kind: "restart-planned", delay: 100 };

describe("a container", () => {
  test("runs, is paused, and ends with its exit code", () => {
    expect(after(started)).toMatchObject({ status: "running", pid: 7, startedAt: 1000 });
    expect(after(started, { kind: "paused" }).status).toBe("paused");
    expect(after(started, { kind: "paused" }, { kind: "unpaused" }).status).toBe("running");
    expect(after(started, ended(42))).toMatchObject({
      status: "exited",
      pid: 0,
      exitCode: 42,
      finishedAt: 2000,
    });
  });

  test("counts restarts by its policy, and begins anew when somebody starts it", () => {
    const again = after(started, ended(1), planned, started, ended(1), planned, started);
    expect(again).toMatchObject({ status: "running", restarts: 2, lastDelay: 100 });
    expect(next(next(again, ended(1)), started)).toMatchObject({ restarts: 0, lastDelay: 0, byHand: false });
  });

  test("that waits for its restart can be stopped", () => {
    expect(after(started, ended(1), planned, { kind: "stopping" })).toMatchObject({
      status: "exited",
      byHand: true,
    });
  });

  test("that could not be started is created, or exited when it ran before", () => {
    const failed: Happening = { kind: "start-failed", exitCode: 127, message: "no such file", at: 3000 };
    expect(after(failed)).toMatchObject({ status: "created", exitCode: 127, error: "no such file" });
    expect(after(started, ended(0), failed)).toMatchObject({ status: "exited", exitCode: 127 });
    expect(after(failed, started)).toMatchObject({ status: "running", exitCode: 0, error: "" });
  });

  test("whose removal fails is dead, and can be removed again", () => {
    const dead = after({ kind: "removing" }, { kind: "removal-failed", message: "busy" });
    expect(dead).toMatchObject({ status: "dead", error: "busy" });
    expect(next(dead, { kind: "removing" }).status).toBe("removing");
  });

  test("does nothing that its state does not allow", () => {
    expect(() => after(ended(0))).toThrow("a container that is created cannot be ended");
    expect(() => after(started, started)).toThrow("running cannot be started");
  });
});

describe("a request", () => {
  const say = (status: Status, request: Request) => {
    const found = objection({ ...initialState, status }, request, "web");
    return found instanceof Error ? `${found.kind}: ${found.message}` : found;
  };

  test.each<[Status, Request, string | undefined]>([
    ["created", "start", undefined],
    ["running", "start", "already"],
    ["paused", "start", "conflict: cannot start a paused container, try unpause instead"],
    ["exited", "stop", "already"],
    ["running", "stop", undefined],
    ["restarting", "stop", undefined],
    ["exited", "kill", "conflict: container web is not running"],
    ["exited", "pause", "conflict: container web is not running"],
    ["running", "unpause", "conflict: Container web is not paused"],
    ["paused", "exec", "conflict: Container web is paused, unpause the container before exec"],
    ["exited", "exec", "conflict: container web is not running"],
    ["exited", "remove", undefined],
    ["dead", "remove", undefined],
    ["created", "resize", "conflict: container web is not running"],
    ["removing", "start", "conflict: container web is marked for removal and cannot be used"],
    ["removing", "remove", "conflict: removal of container web is already in progress"],
  ])("to a container that is %s: %s", (status, request, answer) => {
    expect(say(status, request)).toBe(answer);
  });

  test("to remove what runs says what to do", () => {
    expect(say("running", "remove")).toContain("stop the container before removing or force remove");
  });
});

describe("restart policies", () => {
  const policy = (Name: string, MaximumRetryCount = 0) => ({ Name, MaximumRetryCount });
  const end = (changes: object = {}) => ({
    exitCode: 1,
    byHand: false,
    restarts: 0,
    ran: 50,
    lastDelay: 0,
    ...changes,
  });

  test("no: never; always: also after success; on-failure: after failure, so often", () => {
    expect(restartDelay(policy(""), end())).toBeUndefined();
    expect(restartDelay(policy("always"), end({ exitCode: 0 }))).toBe(100);
    expect(restartDelay(policy("on-failure"), end({ exitCode: 0 }))).toBeUndefined();
    expect(restartDelay(policy("on-failure", 2), end({ restarts: 1 }))).toBe(100);
    expect(restartDelay(policy("on-failure", 2), end({ restarts: 2 }))).toBeUndefined();
  });

  test("none starts what somebody has stopped", () => {
    for (const name of ["always", "unless-stopped", "on-failure"])
      expect(restartDelay(policy(name), end({ byHand: true }))).toBeUndefined();
  });

  test("waits double up to a minute, and begin again after ten seconds of running", () => {
    const delays: number[] = [];
    for (let lastDelay = 0, count = 0; count < 12; count++)
      delays.push((lastDelay = restartDelay(policy("always"), end({ lastDelay })) ?? -1));
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
    expect(restartDelay(policy("always"), end({ lastDelay: 60_000, ran: 10_000 }))).toBe(100);
  });

  test("when the agent comes up: always; what was not stopped; what was running and may have failed", () => {
    expect(startsWithAgent(policy("always"), false, true)).toBe(true);
    expect(startsWithAgent(policy("unless-stopped"), true, false)).toBe(true);
    expect(startsWithAgent(policy("unless-stopped"), false, true)).toBe(false);
    expect(startsWithAgent(policy("on-failure"), true, false)).toBe(true);
    expect(startsWithAgent(policy("no"), true, false)).toBe(false);
  });

  test("that contradict are refused", () => {
    expect(() => checkRestartPolicy(policy("sometimes"), false)).toThrow("unknown policy 'sometimes'");
    expect(() => checkRestartPolicy(policy("always", 3), false)).toThrow("only be used with 'on-failure'");
    expect(() => checkRestartPolicy(policy("always"), true)).toThrow("AutoRemove");
  });
});

describe("health checks", () => {
  const check = (changes: object) =>
    parseCreateBody({ Healthcheck: { Test: ["CMD-SHELL", "curl x"], ...changes } }).Healthcheck;
  const result = (exitCode: number, start = 100_000) => ({ start, end: start + 5, exitCode, output: "" });

  test("have Docker's times where none are given", () => {
    expect(healthPlan(check({}))).toEqual({
      command: ["/bin/sh", "-c", "curl x"],
      interval: 30_000,
      timeout: 30_000,
      startPeriod: 0,
      startInterval: 5000,
      retries: 3,
    });
    expect(healthPlan(check({ Test: ["NONE"] }))).toBeUndefined();
    expect(healthPlan(check({ Test: ["CMD", "a", "b"], Interval: 1e9 }))).toMatchObject({
      command: ["a", "b"],
      interval: 1000,
    });
  });

  test("say unhealthy after so many failures in a row, and healthy at the first success", () => {
    const plan = healthPlan(check({ Retries: 2 }));
    if (plan === undefined) throw new Error("there is a check");
    const once = judgeProbe(firstHealth, result(1), plan, 0);
    expect(once).toMatchObject({ status: "starting", failing: 1 });
    const twice = judgeProbe(once, result(-1), plan, 0);
    expect(twice).toMatchObject({ status: "unhealthy", failing: 2 });
    expect(judgeProbe(twice, result(0), plan, 0)).toMatchObject({ status: "healthy", failing: 0 });
  });

  test("forgive failures in the start period until the first success, and ask more often", () => {
    const plan = healthPlan(check({ Retries: 1, StartPeriod: 60e9 }));
    if (plan === undefined) throw new Error("there is a check");
    const failed = judgeProbe(firstHealth, result(1, 30_000), plan, 0);
    expect(failed).toMatchObject({ status: "starting", failing: 0 });
    expect(untilNextProbe(failed, plan, 0, 30_000)).toBe(5000);
    expect(judgeProbe(failed, result(1, 61_000), plan, 0).status).toBe("unhealthy");
    const healthy = judgeProbe(failed, result(0, 31_000), plan, 0);
    expect(judgeProbe(healthy, result(1, 32_000), plan, 0).status).toBe("unhealthy");
    expect(untilNextProbe(healthy, plan, 0, 31_000)).toBe(30_000);
  });

  test("keep five results", () => {
    const plan = healthPlan(check({}));
    if (plan === undefined) throw new Error("there is a check");
    let health = firstHealth;
    for (let at = 0; at < 8; at++) health = judgeProbe(health, result(0, at), plan, 0);
    expect(health.log.map(({ start }) => start)).toEqual([3, 4, 5, 6, 7]);
  });
});

describe("what an image says", () => {
  const image = {
    Env: ["PATH=/bin", "A=image"],
    Cmd: ["serve"],
    Entrypoint: ["/entry"],
    User: "www",
    WorkingDir: "/srv",
    Labels: { a: "1", b: "1" },
    StopSignal: "SIGQUIT",
    Healthcheck: { Test: ["CMD", "check"], Interval: 1e9 },
    Volumes: { "/data": {} },
  };
  const merged = (body: object) => withImageDefaults(parseCreateBody(body), image);

  test("holds where the container says nothing", () => {
    expect(merged({})).toMatchObject({
      Cmd: ["serve"],
      Entrypoint: ["/entry"],
      User: "www",
      StopSignal: "SIGQUIT",
    });
    expect(merged({ Env: ["A=mine"], Labels: { b: "2" } })).toMatchObject({
      Env: ["PATH=/bin", "A=mine"],
      Labels: { a: "1", b: "2" },
    });
  });

  test("of arguments does not go with another entrypoint", () => {
    expect(merged({ Entrypoint: ["/mine"] }).Cmd).toBeUndefined();
    expect(merged({ Cmd: ["x"] })).toMatchObject({ Entrypoint: ["/entry"], Cmd: ["x"] });
    expect(() => withImageDefaults(parseCreateBody({}), {})).toThrow("no command specified");
  });

  test("of health can be changed in its times", () => {
    expect(merged({ Healthcheck: { Interval: 5e9 } }).Healthcheck).toMatchObject({
      Test: ["CMD", "check"],
      Interval: 5e9,
    });
  });
});

describe("why a start has failed", () => {
  test.each([
    [
      `runc create failed: unable to start container process: exec: "nope": executable file not found in $PATH`,
      127,
    ],
    [
      `runc create failed: unable to start container process: exec: "/nope": stat /nope: no such file or directory`,
      127,
    ],
    [`runc create failed: unable to start container process: exec: "/etc": permission denied`, 126],
    ["executable file `nope` not found in $PATH: No such file or directory", 127],
    ["runc create failed: unable to apply cgroup configuration: device busy", 128],
  ])("%s: %i", (said, exitCode) => {
    const failure = startFailure(said);
    expect(failure.exitCode).toBe(exitCode);
    expect(failure.error.message).toMatch(/OCI runtime create failed: runc create failed: .*: unknown/);
    expect(failure.error.kind).toBe(exitCode === 128 ? "unavailable" : "invalid");
  });
});

test("signals go by name and number", () => {
  expect(["KILL", "SIGterm", "9", "RTMIN+3", "SIGRTMAX-1", "hup"].map(signalNumber)).toEqual([
    9, 15, 9, 37, 63, 1,
  ]);
  for (const text of ["", "FOO", "0", "65", "-1", "9 "])
    expect(() => signalNumber(text), text).toThrow(`invalid signal: ${text}`);
});
