import { Server } from "../test/support/server.ts";
import type { Benchmark } from "./measurement.ts";
import { processorTimeOf } from "./processor-time.ts";

const times = 10;
const login = "admin";
const password = "a password of the benchmark";

/** Processor time of one sign-in with a password, which is the one request that hashes it, beside showing the form for it. */
export const signIn: Benchmark = {
  name: "sign-in",
  needs: [],
  rounds: 5,
  async measure({ rounds, cleanup }) {
    const server = cleanup.use(await Server.start());
    const email = "admin@hub.example";
    await post(server, "/welcome", { form: "claim", accessToken: server.adminToken, email, password });
    const ours: number[] = [];
    const peer: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await timeOf(server, () => post(server, "/sign-in", { form: "password", login, password })));
      peer.push(await timeOf(server, () => get(server, "/sign-in")));
    }
    return [
      {
        name: "processor time of a sign-in with a password",
        unit: "ms",
        better: "less",
        ours,
        peer,
        peerName: "showing the form",
        wanted: { below: 300 },
      },
    ];
  },
};

/** Processor time that one request takes the whole server, in milliseconds. */
async function timeOf(server: Server, request: () => Promise<void>): Promise<number> {
  const before = await processorTimeOf(await server.processes());
  for (let time = 0; time < times; time += 1) await request();
  return ((await processorTimeOf(await server.processes())) - before) / times;
}

async function get(server: Server, page: string): Promise<void> {
  const response = await fetch(server.url + page);
  await response.text();
  if (!response.ok) throw new Error(`GET ${page}: ${response.status}`);
}

/** Sends a form as a browser does; it worked when it leads to another page. */
async function post(server: Server, page: string, form: Record<string, string>): Promise<void> {
  const response = await fetch(server.url + page, {
    method: "POST",
    redirect: "manual",
    headers: { Origin: server.url },
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  if (response.status !== 303) throw new Error(`POST ${page}: ${response.status} ${text}`);
}
