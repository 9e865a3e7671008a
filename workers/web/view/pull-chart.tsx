import { shortCount } from "./amounts.tsx";
import { barsOf, dayText, roundUp, type DayOfPulls, type PullBar } from "./pull-bars.ts";
import { Table } from "./table.tsx";

/** More cannot be told apart in the width of a column. */
const mostBars = 60;

/** The drawing, in its own units; it is stretched to the room that there is. */
const width = 300;
const height = 100;

/**
 * Pulls per day as bars. The numbers are in its description, on hover over each bar, and in a table below it.
 *
 * @param days oldest first, without gaps; the last one is today, which is not over
 * @param wide for a page, rather than for a column beside others
 */
export function PullChart({ days, wide }: { days: readonly DayOfPulls[]; wide?: boolean }) {
  if (days.every(({ pulls }) => pulls === 0)) return <p class="muted">Nobody has pulled in this time.</p>;
  const bars = barsOf(days, mostBars);
  const top = roundUp(Math.max(0, ...bars.map(({ pulls }) => pulls)));
  const step = width / Math.max(1, bars.length);
  const first = days[0]?.day ?? 0;
  const last = days.at(-1)?.day ?? 0;
  const isLong = last - first > 300;
  return (
    <figure class={wide ? "pull-chart wide" : "pull-chart"}>
      <p class="pull-scale" aria-hidden="true">
        {shortCount(top)}
      </p>
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={describe(days)}
      >
        <path class="grid" d={`M0 0H${width}M0 ${height}H${width}`} />
        {bars.map((bar, index) => {
          const tall = bar.pulls === 0 ? 0 : Math.max(2, (bar.pulls / top) * height);
          return (
            <rect
              class={index === bars.length - 1 ? "bar today" : "bar"}
              x={(index * step + step * 0.12).toFixed(1)}
              y={(height - tall).toFixed(1)}
              width={(step * 0.76).toFixed(1)}
              height={tall.toFixed(1)}
            >
              <title>{`${spanOf(bar)}: ${bar.pulls.toLocaleString("en")}`}</title>
            </rect>
          );
        })}
      </svg>
      <p class="pull-scale" aria-hidden="true">
        <span>{dayText(first, isLong)}</span>
        <span>{dayText(last, isLong)}</span>
      </p>
      <details>
        <summary>As a table</summary>
        <Table
          caption="Pulls"
          columns={[{ label: "When" }, { label: "Pulls", number: true }]}
          rows={bars.toReversed().map((bar) => [spanOf(bar), bar.pulls.toLocaleString("en")])}
        />
      </details>
    </figure>
  );
}

function spanOf({ firstDay, lastDay }: PullBar): string {
  return firstDay === lastDay ? dayText(lastDay) : `${dayText(firstDay)} to ${dayText(lastDay)}`;
}

function describe(days: readonly DayOfPulls[]): string {
  const sum = days.reduce((before, { pulls }) => before + pulls, 0);
  const most = days.reduce((best, each) => (each.pulls > best.pulls ? each : best), { day: 0, pulls: 0 });
  const span = `Pulls per day from ${dayText(days[0]?.day ?? 0)} to ${dayText(days.at(-1)?.day ?? 0)}`;
  return `${span}: ${sum.toLocaleString("en")} in all, most on ${dayText(most.day)} with ${most.pulls.toLocaleString("en")}`;
}
