/*
 * What a README may be made of: the elements and attributes that say what a text is. Everything else that somebody writes into one is
 * left out. There is nothing among it that loads, runs, asks, or looks like a part of the page.
 */

/** Elements that stay. Headings are one level lower than they are written: the page has the first. */
export const allowedElements: ReadonlyMap<string, string> = new Map([
  ...[
    "a abbr b bdi blockquote br caption cite code dd del details dfn div dl dt em figcaption figure",
    "hr i img ins kbd li mark ol p pre q rp rt ruby s samp section small span strong sub summary sup",
    "table tbody td tfoot th thead time tr ul var wbr",
  ].flatMap((line) => line.split(" ").map((tag) => [tag, tag] as const)),
  ["h1", "h2"],
  ["h2", "h3"],
  ["h3", "h4"],
  ["h4", "h5"],
  ["h5", "h6"],
  ["h6", "h6"],
  ["strike", "s"],
  ["tt", "code"],
]);

/** Elements that go with all that is in them; of others that are not allowed, the content stays. */
export const droppedElements: ReadonlySet<string> = new Set(
  (
    "applet audio base button canvas datalist dialog embed frame frameset head iframe input link map math meta noembed noframes " +
    "noscript object optgroup option param plaintext portal script select style svg template textarea title video xmp"
  ).split(" "),
);

export const headings: ReadonlySet<string> = new Set(["h2", "h3", "h4", "h5", "h6"]);

type Check = (value: string) => string | undefined;

const anyText: Check = (value) => value;
const oneOf =
  (...words: readonly string[]): Check =>
  (value) =>
    words.find((word) => word === value.trim().toLowerCase());
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    pattern.test(value) ? value : undefined;
const present: Check = () => "";

const align = oneOf("left", "center", "right", "justify");
const length = matching(/^\d{1,4}%?$/);
const span = matching(/^[1-9]\d?$/);

const everywhere: Readonly<Record<string, Check>> = {
  title: anyText,
  dir: oneOf("ltr", "rtl", "auto"),
  align,
};

const ofElement: Readonly<Record<string, Readonly<Record<string, Check>>>> = {
  code: { class: matching(/^language-[\w+#.-]{1,40}$/) },
  details: { open: present },
  img: { alt: anyText, width: length, height: length },
  li: { value: matching(/^-?\d{1,9}$/) },
  ol: { start: matching(/^-?\d{1,9}$/), reversed: present },
  td: { colspan: span, rowspan: span },
  th: { colspan: span, rowspan: span, scope: oneOf("col", "row", "colgroup", "rowgroup") },
  time: { datetime: matching(/^[\w:.+-]{1,40}$/) },
};

/** What an attribute says when it may be there; undefined when it may not. Addresses and ids are none of these (readme-clean.ts). */
export function allowedAttribute(tag: string, name: string, value: string): string | undefined {
  const own = ofElement[tag];
  const check = own && Object.hasOwn(own, name) ? own[name] : everywhere[name];
  return Object.hasOwn(everywhere, name) || (own && Object.hasOwn(own, name)) ? check?.(value) : undefined;
}
