import { gramsOf } from "./words.ts";

/** Shorter words are too like one another to be taken for a mistyped one. */
const shortest = 3;

/** So short a word is one letter away from far too many. */
const short = 3;

/**
 * Whether a word may be meant by what was typed, near as they are. Of a short one the letters are the same in another order, or all but one
 * behind the first.
 */
export function mayMean(typed: string, word: string): boolean {
  if (typed.length > short) return true;
  return likelyMeant(typed).includes(word) || (word.length === short && word[0] === typed[0]);
}

/** How many letters may be wrong in a word; 0: it is not looked at. */
export function tolerance(word: string): number {
  if (word.length < shortest || /\d/.test(word)) return 0;
  return word.length < 8 ? 1 : 2;
}

/**
 * What has to be typed to make one word of the other: letters put in, left out, changed, or swapped with the next one (optimal string
 * alignment). Stops counting above `most`.
 */
export function distance(from: string, to: string, most: number): number {
  if (Math.abs(from.length - to.length) > most) return most + 1;
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    if (Math.min(...row) > most) return most + 1;
    [before, last] = [last, row];
  }
  return last[to.length] ?? 0;
}

/** Words that were meant when two neighbouring letters were swapped, or one was typed too many: looked up as they are. */
export function likelyMeant(word: string): string[] {
  const letters = Array.from(word);
  const swapped = letters
    .slice(1)
    .map((letter, index) =>
      [...letters.slice(0, index), letter, letters[index], ...letters.slice(index + 2)].join(""),
    );
  const shortened = letters.map((_, index) => letters.toSpliced(index, 1).join(""));
  return [...new Set([...swapped, ...shortened])].filter((each) => each !== word);
}

/**
 * Sets of grams of which a misspelt name has at least one whole, in most cases: its beginning, its end, and either half when one letter is
 * wrong in the other.
 */
export function gramSets(word: string): string[][] {
  const grams = gramsOf(word);
  const [first, last] = [grams[0], grams.at(-1)];
  if (first === undefined || last === undefined) return [];
  const half = Math.ceil(grams.length / 2);
  const halves = grams.length < 6 ? [] : [grams.slice(1, half), grams.slice(half, -1)];
  return [[first], [last], ...halves.filter((set) => set.length > 0)];
}
