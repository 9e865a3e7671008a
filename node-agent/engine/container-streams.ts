import { HubError } from "#shared/errors";
import { type LogEntry, nanoseconds, writtenBytes } from "../containers/index.ts";
import { type Call, departure, flag, parameter, type Route } from "./call.ts";
import { detachable, parseDetachKeys } from "./detach-keys.ts";
import { OutputStream, outputType, takeOver } from "./streams.ts";
import { moment } from "./times.ts";

export const containerStreamRoutes: readonly Route[] = [
  { method: "POST", path: "/containers/:id/attach", handle: attach, upgrades: true },
  { method: "POST", path: "/containers/:id/wait", handle: wait },
  { method: "GET", path: "/containers/:id/logs", handle: logs },
];

async function attach(call: Call): Promise<void> {
  const { services, query } = call;
  const id = parameter(call, "id");
  const { config } = services.containers.inspect(id);
  const keys = parseDetachKeys(query.get("detachKeys"));
  const gone = departure(call);
  const wanted = { stdin: flag(query, "stdin"), logs: flag(query, "logs"), signal: gone };
  const { output, stdin } = await services.containers.attach(id, wanted);
  const taken = takeOver(call, config.Tty);
  if (stdin === undefined) taken.input.resume();
  else if (config.Tty) taken.input.pipe(detachable(keys, () => taken.output.end())).pipe(stdin);
  else taken.input.pipe(stdin);
  taken.input.on("error", () => stdin?.destroy());
  const shown = { stdout: flag(query, "stdout"), stderr: flag(query, "stderr") };
  await copy(output, taken.output, shown, config.Tty);
  taken.output.end();
}

/** What was written, byte by byte. */
async function copy(
  output: AsyncIterable<LogEntry[]>,
  to: OutputStream,
  shown: Readonly<Record<LogEntry["stream"], boolean>>,
  tty: boolean,
): Promise<void> {
  for await (const entries of output)
    for (const entry of entries)
      if (shown[entry.stream] || (tty && shown.stdout)) await to.write(entry.stream, writtenBytes(entry));
}

/** Headers at once: until they come, `docker run` does not start the container. */
async function wait(call: Call): Promise<void> {
  const { services, response, query } = call;
  const condition = query.get("condition") || "not-running";
  if (condition !== "not-running" && condition !== "next-exit" && condition !== "removed")
    throw new HubError("invalid", `invalid condition: "${condition.slice(0, 50)}"`);
  services.containers.inspect(parameter(call, "id"));
  const ended = services.containers.wait(parameter(call, "id"), condition);
  response.writeHead(200, { "content-type": "application/json" }).flushHeaders();
  response.end(JSON.stringify({ StatusCode: await ended }));
}

async function logs(call: Call): Promise<void> {
  const { services, query, response, version } = call;
  const id = parameter(call, "id");
  const { config } = services.containers.inspect(id);
  const [stdout, stderr] = [flag(query, "stdout"), flag(query, "stderr")];
  if (!stdout && !stderr)
    throw new HubError("invalid", "Bad parameters: you must choose at least one stream");
  if (config.HostConfig.LogConfig.Type === "none")
    throw new HubError("unsupported", "configured logging driver does not support reading");
  const tail = query.get("tail") || "all";
  const entries = services.containers.logs(id, {
    stdout: stdout || config.Tty,
    stderr,
    tail: /^\d{1,12}$/.test(tail) ? Number(tail) : undefined,
    since: moment(query, "since"),
    until: moment(query, "until"),
    follow: flag(query, "follow"),
    signal: departure(call),
  });
  response.writeHead(200, { "content-type": outputType(config.Tty, version) }).flushHeaders();
  const output = new OutputStream(response, !config.Tty);
  const [timestamps, details] = [flag(query, "timestamps"), flag(query, "details")];
  const begun = { stdout: false, stderr: false };
  for await (const found of entries)
    for (const entry of found) {
      const bytes = writtenBytes(entry);
      const time = timestamps ? `${utc(entry.time)} ` : "";
      // No labels or variables are put into logs: their place stays empty.
      const stamp = begun[entry.stream] ? "" : `${time}${details ? " " : ""}`;
      begun[entry.stream] = entry.partial;
      await output.write(entry.stream, stamp === "" ? bytes : Buffer.concat([Buffer.from(stamp), bytes]));
    }
  output.end();
}

/** The moment of a record in UTC, with all its digits. */
function utc(time: string): string {
  const at = nanoseconds(time);
  const seconds = new Date(Number(at / 1_000_000n)).toISOString().slice(0, 19);
  return `${seconds}.${String(at % 1_000_000_000n).padStart(9, "0")}Z`;
}
