import { get } from "node:http";
import { createServer } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Refusal, codeOf } from "./refusal.ts";

/** Where to listen. */
export interface Address {
  host: string;
  port: number;
}

const everywhere = ["0.0.0.0", "::"];

/** Whether only programs of this machine can connect. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** `host:port` that somebody on this machine connects to. */
export function reachable({ host, port }: Address): string {
  const name = everywhere.includes(host) ? "127.0.0.1" : host;
  return name.includes(":") ? `[${name}]:${port}` : `${name}:${port}`;
}

/** Finds out before anything is started whether we may listen there. @throws Refusal saying why not. */
export async function refuseBusy({ host, port }: Address): Promise<void> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen({ host, port, exclusive: true }, resolve);
    });
    await new Promise((resolve) => server.close(resolve));
  } catch (error) {
    throw refusalFor({ host, port }, error);
  }
}

/** @returns a Refusal for what a person can put right, and any other error as it is. */
export function refusalFor({ host, port }: Address, error: unknown): unknown {
  switch (codeOf(error)) {
    case "EADDRINUSE":
    case "ERR_ADDRESS_IN_USE":
      return new Refusal(
        `Port ${port} on ${host} is in use; stop what listens there, or start with another one: --port ${port + 1}`,
      );
    case "EACCES":
      return new Refusal(`Port ${port} may not be opened by this user; take one from 1024 up: --port 5000`);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new Refusal(
        `${host} is no address of this machine; --host 127.0.0.1 and --host 0.0.0.0 always are.`,
      );
    default:
      return error;
  }
}

/**
 * Waits until the server answers 200 to `GET /healthz`.
 *
 * @throws Error with the last answer when it has not done so within 30 s.
 */
export async function waitUntilHealthy(address: Address, signal: AbortSignal): Promise<void> {
  const url = `http://${reachable(address)}/healthz`;
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await ask(url).catch((error: Error) => ({ status: 0, body: error.message }));
    if (answer.status === 200 || signal.aborted) return;
    if (Date.now() > deadline)
      throw new Error(`the server does not become ready: ${url} answers ${answer.status} ${answer.body}`);
    await wait(100);
  }
}

function ask(url: string): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    // No connection is kept: the server would wait for it when it stops.
    const request = get(url, { agent: false, timeout: 5000 }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.once("error", reject).once("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.once("error", reject).once("timeout", () => request.destroy(new Error("no answer within 5 s")));
  });
}
