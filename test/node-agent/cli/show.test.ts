import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { portsText } from "../../../node-agent/cli/show/ports.ts";
import { barText } from "../../../node-agent/cli/show/progress.ts";
import { column, shownRows } from "../../../node-agent/cli/show/rows.ts";
import { binarySize, humanSize } from "../../../node-agent/cli/show/sizes.ts";
import { table } from "../../../node-agent/cli/show/table.ts";
import {
  ago,
  humanDuration,
  moment,
  parseDuration,
  stampedNanoseconds,
  zoned,
} from "../../../node-agent/cli/show/times.ts";
import { usageOf } from "../../../node-agent/cli/show/usage.ts";
import { unframe } from "../../../node-agent/cli/terminal/frames.ts";

test("a table is as wide as docker's, and no wider than it may be", () => {
  const lines = [
    ["ID", "COMMAND", "NAMES"],
    ["1", '"sh -c while true; do echo; done"', "web"],
  ];
  expect(table(lines, undefined)).toBe(
    'ID        COMMAND                             NAMES\n1         "sh -c while true; do echo; done"   web\n',
  );
  expect(table(lines, 40).split("\n")[1]).toBe('1         "sh -c while true; do…   web');
  const longest = Math.max(
    ...table(lines, 40)
      .split("\n")
      .map((line) => line.length),
  );
  expect(longest).toBeLessThanOrEqual(40);
});

const columns = {
  Name: column("NAME", ({ name }: { name: string }) => name),
  ID: column("CONTAINER ID", ({ name }: { name: string }, { short }) => (short ? name.slice(0, 2) : name)),
  Label: column("", () => (label: unknown) => `<${String(label)}>`),
};
const rows = [{ name: "alpha" }, { name: "beta" }];

test.each([
  [undefined, "NAME\nalpha\nbeta\n"],
  ["table {{.ID}}\\t{{.Name}}", "CONTAINER ID   NAME\nal             alpha\nbe             beta\n"],
  ["{{.ID}} {{upper .Name}}", "al ALPHA\nbe BETA\n"],
  ["json", '{"ID":"al","Name":"alpha"}\n{"ID":"be","Name":"beta"}\n'],
  ['table {{.Label "com.x.stage"}}', "stage\n<com.x.stage>\n<com.x.stage>\n"],
])("--format %s", (format, text) => {
  expect(shownRows({ columns, rows, format, standard: ["Name"] })).toBe(text);
});

test("a column that is not there is named, with the nearest", () => {
  expect(() => shownRows({ columns, rows, format: "{{.Nmae}}", standard: ["Name"] })).toThrow(
    "did you mean .Name?",
  );
});

test.each([
  [0, "0B"],
  [999, "999B"],
  [1000, "1kB"],
  [1_982_000, "1.98MB"],
  [123_456_789_012, "123GB"],
])("%d bytes are %s", (bytes, text) => {
  expect(humanSize(bytes)).toBe(text);
});

test("memory is counted in powers of 1024", () => {
  expect([binarySize(67_108_864), binarySize(942_080)]).toEqual(["64MiB", "920KiB"]);
});

test.each([
  [400, "Less than a second"],
  [1500, "1 second"],
  [45_000, "45 seconds"],
  [70_000, "About a minute"],
  [3_000_000, "50 minutes"],
  [3_700_000, "About an hour"],
  [86_400_000, "24 hours"],
  [3 * 86_400_000, "3 days"],
  [20 * 86_400_000, "2 weeks"],
  [100 * 86_400_000, "3 months"],
  [800 * 86_400_000, "2 years"],
])("%d ms are %s", (milliseconds, text) => {
  expect(humanDuration(milliseconds)).toBe(text);
});

test("times are read and written as docker does", () => {
  expect([parseDuration("1h30m"), parseDuration("500ms"), parseDuration("soon")]).toEqual([
    5_400_000,
    500,
    undefined,
  ]);
  expect(moment("10m", 1_000_000_000)).toBe("999400.000");
  expect(moment("2026-11-23T12:00:00Z", 0)).toBe("1795435200.000");
  expect(moment("1795435200", 0)).toBe("1795435200");
  expect(zoned(1_795_435_200)).toMatch(/^2026-11-2\d \d\d:00:00 [+-]\d{4} \S+$/);
  expect(stampedNanoseconds(1_795_435_200_000_000_042n)).toMatch(/\.000000042(?:Z|[+-]\d\d:\d\d)$/);
  expect(ago("0001-01-01T00:00:00Z", 0)).toBe("N/A");
});

const port = (PrivatePort: number, PublicPort?: number, IP = "0.0.0.0") =>
  PublicPort === undefined ? { PrivatePort, Type: "tcp" } : { PrivatePort, PublicPort, IP, Type: "tcp" };

test.each([
  [[], ""],
  [[port(81), port(80)], "80-81/tcp"],
  [[port(80, 8080)], "0.0.0.0:8080->80/tcp"],
  [[port(80, 80), port(81, 81), port(443)], "0.0.0.0:80-81->80-81/tcp, 443/tcp"],
  [[port(80, 8080, "::")], "[::]:8080->80/tcp"],
])("ports %j are %s", (ports, text) => {
  expect(portsText(ports)).toBe(text);
});

test("a bar fits its line", () => {
  const line = { id: "4f4fb700ef54", status: "Downloading", progressDetail: { current: 50, total: 100 } };
  expect(barText(line, 60)).toBe("4f4fb700ef54: Downloading [==========>           ] 50B/100B");
  for (const columns_ of [20, 40, 80, 200]) expect(barText(line, columns_).length).toBeLessThan(columns_);
});

test("use is counted as docker does, for both cgroups", () => {
  const sample = {
    read: "2026-11-23T12:00:00Z",
    cpu_stats: { cpu_usage: { total_usage: 200 }, system_cpu_usage: 2000, online_cpus: 2 },
    precpu_stats: { cpu_usage: { total_usage: 100 }, system_cpu_usage: 1000 },
    memory_stats: { usage: 100, limit: 400, stats: { inactive_file: 20 } },
    networks: { eth0: { rx_bytes: 1, tx_bytes: 2 }, eth1: { rx_bytes: 3, tx_bytes: 4 } },
    blkio_stats: {
      io_service_bytes_recursive: [
        { op: "Read", value: 5 },
        { op: "write", value: 6 },
      ],
    },
    pids_stats: { current: 7 },
  };
  expect(usageOf(sample)).toEqual({
    processor: 20,
    memory: 80,
    limit: 400,
    received: 4,
    sent: 6,
    read: 5,
    written: 6,
    processes: 7,
  });
  expect(usageOf({ read: "0001-01-01T00:00:00Z" })).toBeUndefined();
});

test("framed output is parted, wherever it breaks", async () => {
  const frame = (stream: number, text: string) =>
    Buffer.concat([Buffer.from([stream, 0, 0, 0, 0, 0, 0, text.length]), Buffer.from(text)]);
  const whole = Buffer.concat([frame(1, "out"), frame(2, "wrong"), frame(1, "more")]);
  for (let at = 1; at < whole.length; at += 1) {
    const [from, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    from.write(whole.subarray(0, at));
    from.end(whole.subarray(at));
    await unframe(from, { stdout, stderr });
    expect([String(stdout.read()), String(stderr.read())]).toEqual(["outmore", "wrong"]);
  }
});
