import { expect, test } from "vitest";
import { sentence } from "../../../workers/web/form-state.ts";

test.each([
  ["there is no such page", "There is no such page."],
  ["is it there?", "Is it there?"],
  ['admin/tiny has no tag "9"', 'admin/tiny has no tag "9".'],
  ['maria may not describe "acme/web"; ask its owner', 'maria may not describe "acme/web"; ask its owner.'],
  ["acme asks its members for two factors", "acme asks its members for two factors."],
  ["ada@people.example belongs to another account", "ada@people.example belongs to another account."],
  ["whoever is not signed in may only pull", "Whoever is not signed in may only pull."],
  ["this is not an access token", "This is not an access token."],
  ["verify your e-mail address first", "Verify your e-mail address first."],
])("%s: as a sentence, with names as they are written", (text, shown) => {
  expect(sentence(text)).toBe(shown);
});
