import { z } from "zod";
import { day } from "../../../platform/clock.ts";

/** How long a new token lives, as a form asks it: days, or for ever. */
export const lifetimes = [
  { value: "7", label: "7 days" },
  { value: "30", label: "30 days" },
  { value: "90", label: "90 days" },
  { value: "365", label: "1 year" },
  { value: "never", label: "Does not expire" },
] as const;

export const usualLifetime = "90";

export const lifetimeField = z.enum(lifetimes.map(({ value }) => value)).default(usualLifetime);

/** @returns milliseconds since 1970; null: does not expire. */
export function expiryOf(lifetime: z.output<typeof lifetimeField>, now: number): number | null {
  return lifetime === "never" ? null : now + Number(lifetime) * day;
}
