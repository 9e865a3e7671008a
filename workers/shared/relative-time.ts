const units = [
  ["year", 365 * 24 * 3600],
  ["month", 30 * 24 * 3600],
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
] as const;

/**
 * "3 hours ago", "in 2 days". A page has many of them, and `Intl.RelativeTimeFormat` is slow to make.
 *
 * @param at milliseconds since 1970, as is `now`
 */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const found = units.find(([, length]) => Math.abs(seconds) >= length);
  if (!found) return seconds > 0 ? "in less than a minute" : "just now";
  const [unit, length] = found;
  const count = Math.abs(Math.trunc(seconds / length));
  const amount = `${count} ${unit}${count === 1 ? "" : "s"}`;
  return seconds > 0 ? `in ${amount}` : `${amount} ago`;
}
