import { HubError } from "#shared/errors";

/** Milliseconds since 1970 as Docker writes a moment; 0 is its "never". */
export function rfc3339(milliseconds: number): string {
  return milliseconds === 0 ? "0001-01-01T00:00:00Z" : new Date(milliseconds).toISOString();
}

/**
 * A moment of a query, in nanoseconds since 1970: seconds with or without a fraction, or RFC 3339. 0 and nothing are none.
 *
 * @throws HubError `invalid`.
 */
export function moment(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (text === null || text === "" || text === "0") return undefined;
  const [, seconds, fraction = ""] = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (seconds !== undefined) {
    const found = BigInt(seconds) * 1_000_000_000n + BigInt(fraction.padEnd(9, "0"));
    return found === 0n ? undefined : found;
  }
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed))
    throw new HubError("invalid", `invalid value for "${name}": ${text.slice(0, 50)} is no time`);
  return BigInt(parsed) * 1_000_000n;
}

const units: readonly (readonly [number, string])[] = [
  [365 * 86_400, "years"],
  [60 * 86_400, "months"],
  [14 * 86_400, "weeks"],
  [48 * 3600, "days"],
  [90 * 60, "hours"],
  [2 * 60, "minutes"],
];
const lengths: Readonly<Record<string, number>> = {
  years: 365 * 86_400,
  months: 30 * 86_400,
  weeks: 7 * 86_400,
  days: 86_400,
  hours: 3600,
  minutes: 60,
};

/** How long, in the words that `docker ps` shows: it reads them as they are. */
export function duration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  if (seconds < 120) return "About a minute";
  const [, unit] = units.find(([from]) => seconds >= from) ?? [];
  if (unit === "minutes" && seconds >= 3600) return "About an hour";
  return `${Math.floor(seconds / (lengths[unit ?? "minutes"] ?? 60))} ${unit}`;
}
