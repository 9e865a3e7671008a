import type { Daemon } from "../client/daemon.ts";
import type { Flags, Offer, Values } from "./flags.ts";

/** What a verb was called with. */
interface Call<F extends Flags = Flags> {
  flags: Values<F>;
  args: readonly string[];
  /** Nothing is asked of the engine before a verb does. */
  daemon: Daemon;
}

/** One command. Its row of the table (verbs.ts) has its names and what it is for. */
export interface Verb {
  /** What follows the name in the help: `[flags] CONTAINER...`. */
  usage: string;
  flags: Flags;
  /** How many arguments it takes, at least and at most. */
  takes: readonly [least: number, most: number];
  /** Flags end at the first argument. */
  passesOn?: boolean;
  /** What a shell offers for the first argument, and for those behind it. */
  offers?: readonly [first: Offer, others: Offer];
  /** Command lines that work, each with what it does. */
  examples: readonly (readonly [line: string, does: string])[];
  /** @returns the exit code; nothing stands for 0. */
  run(call: Call): Promise<number | void>;
}

type VerbOf<F extends Flags> = Omit<Verb, "flags" | "run"> & {
  flags: F;
  run(call: Call<F>): Promise<number | void>;
};

/** Ties what `run` reads to the flags that are declared. */
export function verb<const F extends Flags>(declared: VerbOf<F>): Verb {
  return declared;
}

export const any = Number.POSITIVE_INFINITY;
