import { succeed } from "../test/support/command.ts";

export interface Load {
  url: string;
  headers: Record<string, string>;
  connections: number;
  seconds: number;
}

/** Asks for `url` again and again over kept connections; requests per second. @throws Error when any answer is not 2xx or 3xx. */
export async function requestRate(load: Load): Promise<number> {
  const headers = Object.entries(load.headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const size = ["-t1", `-c${load.connections}`, `-d${load.seconds}s`];
  const report = await succeed("wrk", [...size, ...headers, load.url]);
  const bad = /Non-2xx or 3xx responses: (\d+)|Socket errors: (.*)/.exec(report);
  if (bad) throw new Error(`wrk on ${load.url} saw ${bad[0]}`);
  const rate = Number(/Requests\/sec:\s+([\d.]+)/.exec(report)?.[1]);
  if (!(rate > 0)) throw new Error(`wrk on ${load.url} reported no rate:\n${report}`);
  return rate;
}
