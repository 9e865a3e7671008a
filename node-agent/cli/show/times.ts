/** How long a time is, in words: `About a minute`, `3 weeks`. */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  const minutes = Math.floor(seconds / 60);
  const hours = Math.floor(milliseconds / 3_600_000 + 0.5);
  if (seconds < 1) return "Less than a second";
  if (seconds === 1) return "1 second";
  if (seconds < 60) return `${seconds} seconds`;
  if (minutes === 1) return "About a minute";
  if (minutes < 60) return `${minutes} minutes`;
  if (hours === 1) return "About an hour";
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.floor(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(hours / 24 / 30)} months`;
  return `${Math.floor(hours / 24 / 365)} years`;
}

/** @param moment in seconds since 1970, or as RFC 3339 has it. */
export function ago(moment: number | string, now: number): string {
  const at = typeof moment === "number" ? moment * 1000 : Date.parse(moment);
  // What no clock has written, such as Go's year 1.
  return at <= 0 ? "N/A" : `${humanDuration(Math.max(0, now - at))} ago`;
}

/** In the local zone: `2026-11-23 21:00:00 +0100 CET`. @param seconds since 1970. */
export function zoned(seconds: number): string {
  const date = new Date(seconds * 1000);
  const away = -date.getTimezoneOffset();
  const local = new Date(date.getTime() + away * 60_000).toISOString();
  const two = (number: number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  const sign = away < 0 ? "-" : "+";
  const zone = new Intl.DateTimeFormat("en-US", { timeZoneName: "short" })
    .formatToParts(date)
    .find(({ type }) => type === "timeZoneName")?.value;
  return `${local.slice(0, 10)} ${local.slice(11, 19)} ${sign}${two(away / 60)}${two(away % 60)} ${zone ?? "UTC"}`;
}

/** As `zoned`, with the offset written as RFC 3339 does: `2026-11-23T21:00:00+01:00`. @param seconds since 1970. */
export function stamped(seconds: number): string {
  const [day = "", time = "", away = ""] = zoned(seconds).split(" ");
  return `${day}T${time}${away === "+0000" ? "Z" : `${away.slice(0, 3)}:${away.slice(3)}`}`;
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** The milliseconds of `1h30m` and `500ms`; undefined when it is no such text. */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^[+-]?(?:\d+(?:\.\d*)?(?:ns|us|µs|ms|s|m|h))+$/.test(text)) return undefined;
  let sum = 0;
  for (const [, number = "", unit = ""] of text.matchAll(/(\d+(?:\.\d*)?)(ns|us|µs|ms|s|m|h)/g))
    sum += Number(number) * (units[unit] ?? 0);
  return text.startsWith("-") ? -sum : sum;
}

/**
 * The moment that the engine is asked for: it takes seconds since 1970 with a fraction, a time such as 10m is that long ago, and a
 * date stands for its midnight here.
 */
export function moment(text: string | undefined, now: number): string | undefined {
  if (text === undefined || text === "" || /^\d+(?:\.\d+)?$/.test(text)) return text;
  const ago_ = parseDuration(text);
  if (ago_ !== undefined) return ((now - ago_) / 1000).toFixed(3);
  const date = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00:00` : text);
  return Number.isNaN(date) ? text : (date / 1000).toFixed(3);
}

/** As `stamped`, with all nine digits of the second. */
export function stampedNanoseconds(nanoseconds: bigint): string {
  const whole = stamped(Number(nanoseconds / 1_000_000_000n));
  const fraction = String(nanoseconds % 1_000_000_000n).padStart(9, "0");
  return `${whole.slice(0, 19)}.${fraction}${whole.slice(19)}`;
}
