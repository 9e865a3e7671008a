import { relativeTime } from "../../shared/relative-time.ts";

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
