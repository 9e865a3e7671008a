import { refuse } from "./refuse.ts";

const powers = ["", "k", "m", "g", "t", "p"];

/** The bytes of `512m`, `1.5g`, `64KiB`, `1048576`. @throws CommandError. */
export function parseBytes(flag: string, text: string): number {
  const [, number = "", unit = ""] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?$/i.exec(text) ?? [];
  if (number === "") throw refuse(flag, text, "512m, 1.5g or 1048576");
  return Math.floor(Number(number) * 1024 ** powers.indexOf(unit.toLowerCase()));
}

/** The same, or -1 for no limit. @throws CommandError. */
export function parseBytesOrNone(flag: string, text: string): number {
  return text === "-1" ? -1 : parseBytes(flag, text);
}

/** A billion of these is one processor: `1.5`. @throws CommandError. */
export function parseProcessors(text: string): number {
  if (!/^\d+(?:\.\d{1,9})?$|^\.\d{1,9}$/.test(text))
    throw refuse("--cpus", text, "1.5, with nine digits behind the point at most");
  return Math.round(Number(text) * 1e9);
}
