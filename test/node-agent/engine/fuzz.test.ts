import { connect } from "node:net";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { amount } from "../../support/thorough.ts";
import { type Agent, startAgentWithBox } from "./support/engine.ts";
import { type HostileConnection, hostileConnections } from "./support/hostile-requests.ts";

const count = amount(5000, 100_000);
const seed = amount(20_261_124, Date.now() % 2 ** 31);
/** Connections at once. */
const clients = 160;
/** Milliseconds that a client waits for more, once nothing comes. */
const patience = 200;

describeNeeding([root, programs("docker", "conmon", "runc", "socat", "busybox", "tar")], "the engine", () => {
  const cleanup = new AsyncDisposableStack();
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgentWithBox(cleanup);
  }, 180_000);
  afterAll(() => cleanup.disposeAsync(), 180_000);

  test(`outlives ${count} hostile connections, and keeps nothing of them`, { timeout: 600_000 }, async () => {
    const pid = agent.pid;
    const before = await openFiles(pid);
    const connections = hostileConnections(seed).take(count);
    const statuses = new Map<string, number>();
    const client = async () => {
      // One generator for all clients.
      for (let next = connections.next(); !next.done; next = connections.next())
        for (const status of await converse(agent.socket, next.value))
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: clients }, client));
    expect((await agent.ask("GET", "/_ping").catch(() => undefined))?.text, agent.output).toBe("OK");
    // It was no wall that they ran against: they were answered, and some of them have made containers, which may take longer than they wait.
    expect([...statuses.keys()]).toEqual(expect.arrayContaining(["200", "400", "404"]));
    expect(agent.output).not.toMatch(/TypeError|ReferenceError|RangeError|internal error/);
    const ids = (await agent.docker("ps", "--all", "--quiet")).stdout.split("\n").filter(Boolean);
    expect(ids.length).toBeGreaterThan(0);
    await agent.succeed("rm", "--force", ...ids);
    const end = Date.now() + 20_000;
    while ((await openFiles(pid)) > before + 5 && Date.now() < end) await wait(50);
    expect(await openFiles(pid)).toBeLessThanOrEqual(before + 5);
    expect(await residentMegabytes(pid)).toBeLessThan(400);
    await agent.succeed("run", "--rm", "--network", "none", "box", "true");
  });
});

/** Sends what a hostile client sends, and reads until nothing more comes. @returns the statuses of the answers. */
async function converse(place: string, { pieces, hangsUp }: HostileConnection): Promise<string[]> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const socket = connect({ path: place, allowHalfOpen: true });
  let answer = "";
  let quiet = setTimeout(resolve, 5000);
  socket.on("error", () => {}).once("close", () => resolve());
  socket.on("data", (bytes: Buffer) => {
    answer += bytes.toString("latin1");
    clearTimeout(quiet);
    quiet = setTimeout(resolve, patience);
  });
  socket.once("end", () => resolve());
  for (const [place, piece] of pieces.entries()) {
    if (place > 0) await wait(5);
    socket.write(piece);
  }
  if (hangsUp) socket.end();
  clearTimeout(quiet);
  quiet = setTimeout(resolve, patience);
  await promise;
  clearTimeout(quiet);
  socket.destroy();
  return [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status = ""]) => status);
}

const openFiles = async (pid: number) => (await readdir(`/proc/${pid}/fd`)).length;

async function residentMegabytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1024;
}
