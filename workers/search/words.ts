/*
 * Words as the index has them and as queries are read. Both go through here, so that SQLite sees nothing but small letters, digits and `_`
 * of ASCII, and characters beyond it: its tokenizer has nothing left to decide, and no text can be taken for an operator.
 */

/** Written without spaces: each two characters that stand together are a word. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]+/gu;

/** Longer ones are cut: nobody looks for their end. */
const maximumWord = 40;

const folded: Readonly<Record<string, string>> = {
  ß: "ss",
  æ: "ae",
  œ: "oe",
  ø: "o",
  ł: "l",
  đ: "d",
  ı: "i",
};

/** Most texts are of ASCII alone, and a search reads hundreds: what it takes for all other letters is left out for them. */
const beyondAscii = /[^\0-\x7f]/;

/** Small letters without marks: `Über` is `uber`. */
export function fold(text: string): string {
  if (!beyondAscii.test(text)) return text.toLowerCase();
  return text
    .normalize("NFKD")
    .replaceAll(/\p{M}+/gu, "")
    .toLowerCase()
    .normalize("NFC")
    .replaceAll(/[ßæœøłđı]/g, (letter) => folded[letter] ?? letter);
}

/** Letters and digits only, all in one: `docker-compose` is `dockercompose`. */
export function squeeze(text: string): string {
  return cut(runsOf(fold(text)).join(""));
}

/** The words of a text, in order. */
export function wordsOf(text: string): string[] {
  return wordsIn(fold(text));
}

/** Words, and with them `nodejs` for `node.js` and `postgres` for `postgres15`: what the index has of a text. */
export function indexedWords(text: string): string[] {
  const small = fold(text);
  const words = wordsIn(small);
  const plain = hasDigit.test(small) ? words.map(withoutNumber).filter((word) => word !== undefined) : [];
  const joined = compoundsOf(small).map((compound) => cut(runsOf(compound).join("")));
  return plain.length + joined.length > 0 ? [...words, ...plain, ...joined] : words;
}

const hasDigit = /\d/;
const hasJoint = /[.\-_'’+]/;

/** Words that a mark joins to one: `node.js`. */
function compoundsOf(small: string): string[] {
  if (!hasJoint.test(small)) return [];
  const found = beyondAscii.test(small)
    ? small.match(/[\p{L}\p{N}]+(?:[.\-_'’+][\p{L}\p{N}]+)+/gu)
    : small.match(/[a-z0-9]+(?:[.\-_'+][a-z0-9]+)+/g);
  return found ?? [];
}

function wordsIn(small: string): string[] {
  const runs = runsOf(small);
  return beyondAscii.test(small) ? runs.flatMap(partsOf) : runs.map(cut);
}

/** Runs of letters and digits. */
function runsOf(small: string): string[] {
  return (beyondAscii.test(small) ? small.match(/[\p{L}\p{N}]+/gu) : small.match(/[a-z0-9]+/g)) ?? [];
}

const endsInDigit = /\d$/;

/** `postgres` of `postgres15`; undefined for a word that is no such thing. */
export function withoutNumber(word: string): string | undefined {
  return endsInDigit.test(word) ? /^(\p{L}{3,})\d+$/u.exec(word)?.[1] : undefined;
}

/** Three characters each, with the borders of the word: of `nginx` `_ng ngi gin inx nx_`. */
export function gramsOf(word: string): string[] {
  const bordered = Array.from(`_${word}_`);
  return bordered.slice(2).map((_, index) => bordered.slice(index, index + 3).join(""));
}

function partsOf(word: string): string[] {
  if (!beyondAscii.test(word)) return [cut(word)];
  const parts: string[] = [];
  let from = 0;
  for (const { index, 0: run } of word.matchAll(unspaced)) {
    if (index > from) parts.push(cut(word.slice(from, index)));
    parts.push(...pairsOf(run));
    from = index + run.length;
  }
  if (from < word.length) parts.push(cut(word.slice(from)));
  return parts;
}

function pairsOf(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, index) => `${characters[index]}${character}`);
}

function cut(word: string): string {
  return word.length > maximumWord ? Array.from(word).slice(0, maximumWord).join("") : word;
}
