import { describe, expect, test } from "vitest";
import { shortCount, sizeText } from "../../../workers/web/view/amounts.tsx";
import { colourOf, holdSegments } from "../../../workers/web/view/hold-segments.ts";
import { platformText, shortPlatform } from "../../../workers/web/view/platform.ts";
import { barsOf, dayText, roundUp } from "../../../workers/web/view/pull-bars.ts";
import { pullCommands } from "../../../workers/web/view/pull-commands.ts";

describe("amounts", () => {
  // Each test of this project begins with an empty database, which takes longer than a table of numbers: one for all.
  test("are said in the unit that is short", () => {
    const sizes: [number, string][] = [
      [0, "0 B"],
      [999, "999 B"],
      [1000, "1.0 kB"],
      [999_949, "999.9 kB"],
      [999_960, "1.0 MB"],
      [48_312_345, "48.3 MB"],
      [1_250_000_000, "1.3 GB"],
      [7e15, "7000.0 TB"],
    ];
    for (const [bytes, text] of sizes) expect(sizeText(bytes)).toBe(text);
    const counts: [number, string][] = [
      [0, "0"],
      [9_999, "9,999"],
      [10_000, "10 k"],
      [12_345, "12.3 k"],
      [123_456, "123 k"],
      [999_499, "999 k"],
      [999_700, "1 M"],
      [2_400_000, "2.4 M"],
      [31_000_000_000, "31 B"],
    ];
    for (const [number, text] of counts) expect(shortCount(number)).toBe(text);
  });
});

describe("a platform", () => {
  test("is said as --platform takes it, and without Linux where there is little room", () => {
    const arm = { os: "linux", architecture: "arm", variant: "v7" };
    expect(platformText(arm)).toBe("linux/arm/v7");
    expect(shortPlatform(arm)).toBe("arm/v7");
    expect(shortPlatform({ os: "windows", architecture: "amd64", variant: null })).toBe("windows/amd64");
    expect(platformText({ os: "", architecture: "" })).toBe("unknown/unknown");
  });
});

describe("the hold", () => {
  const layer = (size: number, digit = "a") => ({ digest: `sha256:${digit.repeat(64)}`, size });

  test("has a segment for each layer, as wide as it is big", () => {
    const segments = holdSegments([layer(50), layer(0), layer(30), layer(20)]);
    expect(segments.map(({ x, width }) => [Math.round(x), Math.round(width)])).toEqual([
      [0, 50],
      [50, 30],
      [80, 20],
    ]);
  });

  test("makes one segment without a colour of tiny layers beside each other", () => {
    const segments = holdSegments([layer(10_000), layer(1), layer(2), layer(10_000)]);
    expect(segments.map(({ digest }) => digest === undefined)).toEqual([false, true, false]);
    expect(segments[1]?.layers).toHaveLength(2);
    expect(segments[1]?.width).toBeGreaterThan(0.9);
  });

  test("gives many small layers of the same size their colours", () => {
    const segments = holdSegments(Array.from({ length: 200 }, () => layer(5)));
    expect(segments).toHaveLength(200);
    expect(segments.every(({ digest }) => digest !== undefined)).toBe(true);
  });

  test("ends where the bar ends, of however many layers", () => {
    for (const length of [0, 1, 7, 5000]) {
      const segments = holdSegments(Array.from({ length }, (_none, index) => layer((index * 7919) % 10_007)));
      const last = segments.at(-1);
      if (last) expect(last.x + last.width).toBeCloseTo(100);
      expect(segments.length).toBeLessThanOrEqual(2000);
    }
  });

  test("takes a hue from the digest, and any text for a digest", () => {
    expect(colourOf(`sha256:8000${"0".repeat(60)}`)).toBe("oklch(62% .11 180)");
    expect(colourOf('"><script>')).toBe("oklch(62% .11 0)");
  });
});

describe("bars of pulls", () => {
  const days = Array.from({ length: 365 }, (_none, day) => ({ day, pulls: 1 }));

  test("are days where there is room, and groups of days where there is not; nothing is lost", () => {
    expect(barsOf(days.slice(0, 30), 60)).toHaveLength(30);
    const bars = barsOf(days, 60);
    expect(bars).toHaveLength(53);
    expect(bars.reduce((sum, { pulls }) => sum + pulls, 0)).toBe(365);
    expect(bars[0]).toEqual({ firstDay: 0, lastDay: 0, pulls: 1 });
    expect(bars.at(-1)).toEqual({ firstDay: 358, lastDay: 364, pulls: 7 });
    expect(barsOf([], 60)).toEqual([]);
  });

  test("end at a round number", () => {
    expect([0, 1, 3, 7, 11, 94, 100, 101, 2500, 2501].map(roundUp)).toEqual([
      1, 1, 3, 8, 15, 100, 100, 150, 2500, 3000,
    ]);
    expect(dayText(0)).toBe("1 Jan");
    expect(dayText(0, true)).toBe("1 Jan 1970");
  });
});

describe("commands to pull", () => {
  const image = { origin: "https://hub.example", repository: "acme/web", tag: "2", digest: "sha256:ab" };

  test("are there for each client, and by digest", () => {
    expect(pullCommands(image).map(({ text }) => text)).toEqual([
      "docker pull hub.example/acme/web:2",
      "podman pull hub.example/acme/web:2",
      "nerdctl pull hub.example/acme/web:2",
      "wherry pull hub.example/acme/web:2",
      "FROM hub.example/acme/web:2",
      "docker pull hub.example/acme/web@sha256:ab",
    ]);
  });

  test("take the digest where there is no tag, and say so where the hub has no TLS", () => {
    const commands = pullCommands({ ...image, origin: "http://127.0.0.1:8787", tag: undefined });
    expect(commands[1]?.text).toBe("podman pull --tls-verify=false 127.0.0.1:8787/acme/web@sha256:ab");
    expect(commands.map(({ client }) => client)).not.toContain("by digest");
  });
});
