/** Pulls of one day (UTC); `day` counts from 1970-01-01. */
export interface DayOfPulls {
  day: number;
  pulls: number;
}

/** A bar of the chart: one day, or several. */
export interface PullBar {
  firstDay: number;
  lastDay: number;
  pulls: number;
}

/** The days in groups of equal length, so that there are no more bars than can be told apart. The newest group is whole, the oldest may be short. */
export function barsOf(days: readonly DayOfPulls[], most: number): PullBar[] {
  const length = Math.max(1, Math.ceil(days.length / most));
  const bars: PullBar[] = [];
  for (let end = days.length; end > 0; end -= length) {
    const group = days.slice(Math.max(0, end - length), end);
    bars.unshift({
      firstDay: group[0]?.day ?? 0,
      lastDay: group.at(-1)?.day ?? 0,
      pulls: group.reduce((sum, { pulls }) => sum + pulls, 0),
    });
  }
  return bars;
}

const round = [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10] as const;

/** The next round number, such as 25 or 3000. The scale ends there. */
export function roundUp(number: number): number {
  if (number <= 1) return 1;
  const unit = 10 ** Math.floor(Math.log10(number));
  return round.map((each) => each * unit).find((each) => each >= number && Number.isInteger(each)) ?? number;
}

const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

const yearFormat = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeZone: "UTC" });

/** "24 Oct", or "24 Oct 2026" where the year does not go without saying. */
export function dayText(day: number, year = false): string {
  return (year ? yearFormat : dayFormat).format(day * 86_400_000);
}
