import { randomInt } from "node:crypto";
import { HubError } from "#shared/errors";

const weathers =
  "brisk calm clear fair foggy fresh gusty hazy mild misty rainy snowy still stormy sunny windy".split(" ");
const boats =
  "barge brig canoe clipper coble cutter dinghy dory ferry galley gig hoy junk kayak ketch lugger lighter pilot pram punt raft schooner sloop skiff smack tug whaler yawl".split(
    " ",
  );

/** A name for a container that was given none. */
export function inventName(taken: ReadonlySet<string>): string {
  const pick = (words: readonly string[]) => words[randomInt(words.length)] ?? "";
  for (let turn = 0; ; turn++) {
    const name = `${pick(weathers)}_${pick(boats)}${turn < 10 ? "" : randomInt(10 ** 6)}`;
    if (!taken.has(name)) return name;
  }
}

/** @throws HubError `invalid`. */
export function checkName(text: string): string {
  const name = text.replace(/^\//, "");
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/.test(name)) return name;
  throw new HubError(
    "invalid",
    `Invalid container name (${name}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  );
}
