import { day } from "../platform/clock.ts";

/** The day of a moment: days since 1970-01-01, UTC. @param at milliseconds since 1970 */
export function dayOf(at: number): number {
  return Math.floor(at / day);
}

/** The first moment of a day, in milliseconds since 1970. */
export function beginOf(dayNumber: number): number {
  return dayNumber * day;
}

/**
 * The day that a pull counts for, where days are counted one after the other. What comes late, from just before midnight or from a
 * machine whose clock is behind, counts for the day that has begun: a day that is over stays as it is. A clock that was more than a day
 * ahead has been put right since, and is believed now.
 *
 * @param open the day that pulls count for so far; undefined: none
 * @param today what the clock says
 */
export function countedDay(open: number | undefined, today: number): number {
  return open === undefined || today > open || today < open - 1 ? today : open;
}
