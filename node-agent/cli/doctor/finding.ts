/** What one examination has found. */
export interface Finding {
  /** `good`; `poor`: it works, and not as well as it could; `bad`: the engine cannot do its work. */
  verdict: "good" | "poor" | "bad";
  /** A sentence without its full stop. */
  says: string;
  /** The command that mends it, or what to do. */
  mend?: string;
}

export const good = (says: string): Finding => ({ verdict: "good", says });
export const poor = (says: string, mend: string): Finding => ({ verdict: "poor", says, mend });
export const bad = (says: string, mend: string): Finding => ({ verdict: "bad", says, mend });
