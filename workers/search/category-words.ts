import { categories, type Category } from "../shared/categories.ts";
import { indexedWords } from "./words.ts";

/** What people call these things besides what the label says. */
const alsoCalled: Partial<Record<Category, string>> = {
  "content-management": "cms",
  identity: "sso login",
  "mail-and-chat": "email",
  "machine-learning": "ml ai",
  "message-queues": "broker mq",
  monitoring: "metrics observability",
  "web-servers": "http",
};

const categoryWords: ReadonlyMap<string, string[]> = new Map(
  categories.map(({ slug, label }) => [slug, indexedWords(`${label} ${alsoCalled[slug] ?? ""}`)]),
);

/** The words that a category is called by; none for what is no category. */
export function wordsOfCategory(slug: string): string[] {
  return categoryWords.get(slug) ?? [];
}
