import { defaultTreeAdapter, html, parseFragment, type DefaultTreeAdapterTypes } from "parse5";
import { HubError } from "../shared/errors.ts";

export type ParsedNode = DefaultTreeAdapterTypes.ChildNode;

/** What a README may come to, so that neither the parser here nor the browser is kept busy by one. */
const maximumElements = 30_000;
const maximumDepth = 120;
const maximumHtml = 4 * 1024 * 1024;
/** Of one tag; a parser compares the names of attributes with each other. */
const maximumAttributes = 2000;

/**
 * The nodes that a browser makes of HTML inside a `<div>`, by the parser of the HTML specification: what is decided on is what is shown.
 *
 * @throws HubError `too-large` for HTML that is made to keep parsers busy.
 */
export function parseHtml(text: string): ParsedNode[] {
  if (text.length > maximumHtml) throw tooMuch(`${maximumHtml} characters of HTML`);
  refuseWideTags(text);
  const depths = new WeakMap<object, number>();
  let elements = 0;
  const place = (parent: object, child: object): void => {
    const depth = (depths.get(parent) ?? 0) + 1;
    if (depth > maximumDepth) throw tooMuch(`${maximumDepth} elements inside each other`);
    depths.set(child, depth);
  };
  const context = defaultTreeAdapter.createElement("div", html.NS.HTML, []);
  return parseFragment(context, text, {
    treeAdapter: {
      ...defaultTreeAdapter,
      createElement: (...parts) => {
        elements += 1;
        if (elements > maximumElements) throw tooMuch(`${maximumElements} elements, such as cells of tables`);
        return defaultTreeAdapter.createElement(...parts);
      },
      appendChild: (parent, child) => {
        place(parent, child);
        defaultTreeAdapter.appendChild(parent, child);
      },
      insertBefore: (parent, child, reference) => {
        place(parent, child);
        defaultTreeAdapter.insertBefore(parent, child, reference);
      },
    },
  }).childNodes;
}

/** Counts what may begin an attribute between the beginning of a tag and the next `>`. */
function refuseWideTags(text: string): void {
  let end = -1;
  for (const { index } of text.matchAll(/<[a-z]/gi)) {
    if (index < end) continue;
    const closing = text.indexOf(">", index);
    end = closing === -1 ? text.length : closing;
    const attributes = text.slice(index, end).match(/[\s/"']/g)?.length ?? 0;
    if (attributes > maximumAttributes) throw tooMuch(`${maximumAttributes} attributes in one tag`);
  }
}

function tooMuch(what: string): HubError {
  return new HubError("too-large", `the README comes to more than ${what}, which is more than a page shows`);
}
