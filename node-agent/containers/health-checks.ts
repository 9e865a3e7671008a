import { finished } from "node:stream/promises";
import { setTimeout as wait } from "node:timers/promises";
import type { Container } from "./container.ts";
import type { Execs } from "./execs.ts";
import {
  firstHealth,
  type HealthPlan,
  healthPlan,
  judgeProbe,
  type ProbeResult,
  untilNextProbe,
} from "./health.ts";
import type { World } from "./world.ts";

/** Of what a check prints, so many bytes are kept, as Docker does. */
const outputKept = 4096;

/** Milliseconds that are waited for output after the end of a check. */
const drained = 1000;

/** Checks a container for as long as its run lasts. It does nothing where there is no check. */
export async function watchHealth(world: World, execs: Execs, container: Container): Promise<void> {
  const plan = healthPlan(container.record.config.Healthcheck);
  if (plan === undefined) return;
  const signal = AbortSignal.any([world.signal, container.run.ended.signal]);
  const { startedAt } = container.record.state;
  container.change({ health: container.record.health ?? firstHealth });
  try {
    for (;;) {
      const before = container.record.health ?? firstHealth;
      await wait(untilNextProbe(before, plan, startedAt, Date.now()), undefined, { signal });
      if (container.record.state.status !== "running") continue;
      const result = await probe(execs, container, plan);
      if (signal.aborted) return;
      const health = judgeProbe(before, result, plan, startedAt);
      container.change({ health });
      if (health.status !== before.status) world.emit(container, `health_status: ${health.status}`);
    }
  } catch (error) {
    if (!signal.aborted)
      world.complain(`the health of ${container.record.name} is not watched: ${String(error)}`);
  }
}

async function probe(execs: Execs, container: Container, plan: HealthPlan): Promise<ProbeResult> {
  const start = Date.now();
  const done = (exitCode: number, output: string): ProbeResult => ({
    start,
    end: Date.now(),
    exitCode,
    output,
  });
  const wish = {
    args: plan.command,
    env: [],
    user: "",
    cwd: "",
    tty: false,
    stdin: false,
    privileged: false,
  };
  try {
    const streams = await execs.start(execs.create(container, wish), false);
    if (streams?.kind !== "piped") return done(-1, "");
    const output: Buffer[] = [];
    let size = 0;
    for (const stream of [streams.stdout, streams.stderr])
      stream.on("data", (piece: Buffer) => {
        if (size < outputKept) output.push(piece);
        size += piece.length;
      });
    const late = new AbortController();
    const timer = setTimeout(() => {
      late.abort();
      if (streams.pid > 0) process.kill(streams.pid, "SIGKILL");
    }, plan.timeout);
    const read = Promise.allSettled([finished(streams.stdout), finished(streams.stderr)]);
    const exitCode = await streams.exitCode.finally(() => clearTimeout(timer));
    // What it has printed may come after its end; what it has left running in the background may never close the pipes.
    await Promise.race([read, wait(drained)]);
    const text = Buffer.concat(output).subarray(0, outputKept).toString();
    return late.signal.aborted
      ? done(-1, `Health check exceeded timeout (${plan.timeout / 1000}s)`)
      : done(exitCode, text);
  } catch (error) {
    return done(-1, String(error));
  }
}
