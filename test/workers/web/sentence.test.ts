import { expect, test } from "vitest";
import { sentence } from "../../../workers/web/form-state.ts";

test.each([
  ["there is no such page", "There is no such page."],
  ["is it there?", "Is it there?"],
  ['admin/tiny has no tag "9"', 'admin/tiny has no tag "9".'],
])("%s: as a sentence, with the name of a repository as it is written", (text, shown) => {
  expect(sentence(text)).toBe(shown);
});
