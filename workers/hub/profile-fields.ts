import { categories, isCategory, type Category } from "../shared/categories.ts";
import { HubError } from "../shared/errors.ts";

/* What the parts of a profile may be. Pure; `field` in the detail of an error is what forms and the API call the part. */

export const maximumDescription = 200;
const maximumCategories = 3;
const maximumUrl = 500;
export const maximumLicenses = 200;

/** Control characters, line breaks among them, and those that turn the direction of what stands behind them. */
const misleading = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u;

/** @throws HubError `invalid` */
export function checkDescription(text: string): string {
  const description = text.trim();
  const length = Array.from(description).length;
  if (length > maximumDescription)
    throw wrong(
      "description",
      `the description has ${length} characters; it has room for ${maximumDescription}, the README for more`,
    );
  if (misleading.test(description))
    throw wrong("description", "the description has control characters; it is one line of text");
  return description;
}

/** @throws HubError `invalid` */
export function checkCategories(slugs: readonly string[]): Category[] {
  const unknown = slugs.find((slug) => !isCategory(slug));
  if (unknown !== undefined)
    throw wrong(
      "categories",
      `there is no category "${unknown.slice(0, 60)}"; there are ${categories.map(({ slug }) => slug).join(", ")}`,
    );
  const chosen = [...new Set(slugs)].filter(isCategory);
  if (chosen.length > maximumCategories)
    throw wrong(
      "categories",
      `${chosen.length} categories are chosen; a repository is in ${maximumCategories} at most`,
    );
  return chosen;
}

/** @throws HubError `invalid` */
export function checkSourceUrl(text: string): string | null {
  if (text.trim() === "") return null;
  const url = readSourceUrl(text);
  if (url === undefined)
    throw wrong(
      "source_url",
      `"${text.slice(0, 100)}" is not the address of a source; it begins with https:// or http://, has no user name, and ${maximumUrl} characters at most`,
    );
  return url;
}

/** The address as it is kept; undefined when it is none that can be linked to. */
export function readSourceUrl(text: string): string | undefined {
  const url = URL.parse(text.trim());
  if (!url || (url.protocol !== "https:" && url.protocol !== "http:")) return undefined;
  return url.username || url.password || url.href.length > maximumUrl ? undefined : url.href;
}

/** @throws HubError `invalid` */
export function checkLicenses(text: string): string | null {
  const licenses = text.trim();
  if (licenses.length > maximumLicenses || misleading.test(licenses))
    throw wrong(
      "licenses",
      `the licences are one line of ${maximumLicenses} characters at most, such as "MIT OR Apache-2.0"`,
    );
  return licenses === "" ? null : licenses;
}

/** A text of an image as one line that fits; what does not fit is cut, for nobody is there to be told. */
export function fitLine(text: string, maximum: number): string {
  const line = text
    .slice(0, 20 * maximum)
    .replace(/[\s\p{Cc}\u2028\u2029]+/gu, " ")
    .replace(/[\u202A-\u202E\u2066-\u2069]/g, "")
    .trim();
  const characters = Array.from(line);
  return characters.length <= maximum ? line : `${characters.slice(0, maximum - 1).join("")}…`;
}

function wrong(field: string, message: string): HubError {
  return new HubError("invalid", message, { detail: { field } });
}
