/** What a shell offers in the place of a value or an argument: names that the engine knows. */
export type Offer = "containers" | "running" | "images" | "volumes" | "networks" | "files" | "nothing";

/** A flag of a command line. */
export interface Flag {
  /** `yes`: there or not, also `--all=false`; `text`: the last one counts; `texts`: any number of them; `whole`: a whole number. */
  kind: "yes" | "text" | "texts" | "whole";
  says: string;
  short?: string | undefined;
  /** The value's name in the help. */
  value?: string | undefined;
  offers?: Offer | undefined;
  /** It holds unless `--name=false` is given. */
  holds?: boolean;
}

export type Flags = Readonly<Record<string, Flag>>;

type ValueOf<K extends Flag["kind"]> = K extends "yes"
  ? boolean
  : K extends "texts"
    ? readonly string[]
    : K extends "whole"
      ? number | undefined
      : string | undefined;

/** What was given for each flag. A flag that is not there: false, nothing, or an empty list. */
export type Values<F extends Flags> = { readonly [N in keyof F]: ValueOf<F[N]["kind"]> };

interface More {
  value?: string;
  offers?: Offer;
}

export function yes(says: string, short?: string) {
  return { kind: "yes", says, short } as const;
}

/** What is so unless `--name=false` is given. */
export function holds(says: string) {
  return { kind: "yes", says, holds: true } as const;
}

export function text(says: string, short?: string, more: More = {}) {
  return { kind: "text", says, short, ...more } as const;
}

export function texts(says: string, short?: string, more: More = {}) {
  return { kind: "texts", says, short, ...more } as const;
}

export function whole(says: string, short?: string) {
  return { kind: "whole", says, short } as const;
}
