import { HubError } from "../shared/errors.ts";
import { clean, type Surroundings } from "./readme-clean.ts";
import { decorate } from "./readme-decorate.ts";
import { markdownToHtml } from "./readme-markdown.ts";
import { parseHtml } from "./readme-parse.ts";
import { serialize } from "./readme-tree.ts";

/** Goes up with every change of what comes out for the same source: what was rendered before is then rendered again. */
export const rendererVersion = 1;

/** In bytes of UTF-8. */
export const maximumSource = 256 * 1024;

/** In bytes of UTF-8: what a row of the database has room for. */
const maximumResult = 1024 * 1024;

/**
 * A README as HTML for the pages of the hub: what is in it is chosen by readme-elements.ts, whoever wrote it and whatever it says. Its
 * ids begin with `readme-`, so that none is one of the page.
 *
 * @throws HubError `too-large` for what is longer than `maximumSource`, or comes to more than a page shows. What it takes is bounded:
 *   under two seconds for the worst that test/workers/hub/readme-limits.test.ts knows of.
 */
export function renderReadme(source: string, around: Surroundings): string {
  const size = new TextEncoder().encode(source).byteLength;
  if (size > maximumSource)
    throw new HubError(
      "too-large",
      `the README has ${size} bytes; it has room for ${maximumSource}: shorten it, or put the rest where it links to`,
    );
  const nodes = clean(parseHtml(markdownToHtml(source)), around);
  decorate(nodes);
  const html = serialize(nodes);
  if (new TextEncoder().encode(html).byteLength > maximumResult)
    throw new HubError(
      "too-large",
      `the README comes to more than ${maximumResult} bytes of HTML, which is more than a page shows`,
    );
  return html;
}
