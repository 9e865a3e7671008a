import { categories } from "../shared/categories.ts";
import { indexedWords } from "./words.ts";

const categoryWords: ReadonlyMap<string, string[]> = new Map(
  categories.map(({ slug, label }) => [slug, indexedWords(label)]),
);

/** The words that a category is called by; none for what is no category. */
export function wordsOfCategory(slug: string): string[] {
  return categoryWords.get(slug) ?? [];
}
