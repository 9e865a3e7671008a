/** How many days back each bucket reaches, today included, and what its daily average weighs. */
const buckets = [
  { days: 1, weight: 0.011 },
  { days: 7, weight: 0.063 },
  { days: 31, weight: 0.216 },
  { days: 183, weight: 0.71 },
] as const;

/** The clients that pulled on each of the last so many days, today included, added up. */
export interface PullSums {
  last1: number;
  last7: number;
  last31: number;
  last35: number;
  last183: number;
}

export interface PullScores {
  recentPulls: number;
  trend: number;
}

/** Weeks that the last one is held against. */
const weeksBefore = 4;

/** As many pulls more a week could be chance: so nothing trends by a handful. */
const chance = 10;

/**
 * What ranking goes by: clients, so that one that gets all there is in a repository is one. `recentPulls` is a daily average in which what is long ago counts less: it neither forgets a quiet week nor lives
 * on what was popular last year. `trend` is how far the last week is above the four before, in units of what chance would do; 0 when it
 * is not above them.
 */
export function scoreOf(sums: PullSums): PullScores {
  const recentPulls = buckets.reduce(
    (sum, { days, weight }) => sum + (weight * sums[`last${days}`]) / days,
    0,
  );
  const usual = (sums.last35 - sums.last7) / weeksBefore;
  return { recentPulls, trend: Math.max(0, (sums.last7 - usual) / Math.sqrt(usual + chance)) };
}
