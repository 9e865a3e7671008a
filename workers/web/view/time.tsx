const units = [
  ["year", 365 * 24 * 3600],
  ["month", 30 * 24 * 3600],
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
] as const;

/** "3 hours ago", "in 2 days". `at` and `now` are milliseconds since 1970. client/relative-time.ts keeps it current by the same rule. */
function relativeTime(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const found = units.find(([, length]) => Math.abs(seconds) >= length);
  if (!found) return seconds > 0 ? "in less than a minute" : "just now";
  const [unit, length] = found;
  return new Intl.RelativeTimeFormat("en").format(Math.trunc(seconds / length), unit);
}

/** A moment, relative to now; the exact one is there on hover, and for programs. */
export function Time({ at, now }: { at: number; now: number }) {
  const exact = new Date(at).toISOString();
  return (
    <relative-time>
      <time datetime={exact} title={`${exact.slice(0, 10)} ${exact.slice(11, 16)} UTC`}>
        {relativeTime(at, now)}
      </time>
    </relative-time>
  );
}

/** As `Time`, or words for a moment that never was. */
export function TimeOr({ at, now, otherwise }: { at: number | null; now: number; otherwise: string }) {
  return at === null ? <span class="muted">{otherwise}</span> : <Time at={at} now={now} />;
}
