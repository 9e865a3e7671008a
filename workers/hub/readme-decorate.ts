import { headings } from "./readme-elements.ts";
import { idPrefix } from "./readme-links.ts";
import { element, elementsIn, textOf, type Element, type Node } from "./readme-tree.ts";

/**
 * Adds what the hub gives to a README that has been cleaned: anchors of headings, alerts, tasks, buttons that copy, tables that can be
 * wider than the page. In place.
 */
export function decorate(nodes: Node[]): void {
  const ids = new Set<string>();
  for (const each of elementsIn(nodes)) uniqueId(each, ids);
  const all = [...elementsIn(nodes)];
  for (const each of all) {
    if (headings.has(each.tag)) anchorHeading(each, ids);
    else if (each.tag === "blockquote") markAlert(each);
    else if (each.tag === "li") markTask(each);
    else if (each.tag === "a") nameWayBack(each);
    // Last, for they stand inside what wraps them from then on.
    else if (each.tag === "pre") wrapCode(each);
    else if (each.tag === "table") wrap(each, "div", { class: "wide-table", tabindex: "0" });
  }
}

/** Of two elements with one id, the first has it. */
function uniqueId({ attributes }: Element, ids: Set<string>): void {
  const { id } = attributes;
  if (id === undefined) return;
  if (ids.has(id)) delete attributes["id"];
  ids.add(id);
}

/** The id that links of the README lead to, as GitHub makes them, and a link to it for who reads. */
function anchorHeading(heading: Element, ids: Set<string>): void {
  const words = textOf(heading.children).trim();
  const id = heading.attributes["id"] ?? freeId(words, ids);
  if (id === undefined) return;
  heading.attributes["id"] = id;
  heading.children.push(
    element("a", { class: "anchor", href: `#${id}`, "aria-label": `Link to ${words}` }, ["#"]),
  );
}

function freeId(words: string, ids: Set<string>): string | undefined {
  const slug = words
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, "")
    .replaceAll(" ", "-")
    .slice(0, 100);
  if (slug === "") return undefined;
  const first = idPrefix + slug;
  for (let count = 0; count < maximumNamesakes; count += 1) {
    const id = count === 0 ? first : `${first}-${count}`;
    if (ids.has(id)) continue;
    ids.add(id);
    return id;
  }
  return undefined;
}

/** Headings of the same words that have ids. */
const maximumNamesakes = 100;

const alerts: Readonly<Record<string, string>> = {
  NOTE: "Note",
  TIP: "Tip",
  IMPORTANT: "Important",
  WARNING: "Warning",
  CAUTION: "Caution",
};

/** A quote that begins with a line such as `[!NOTE]`. */
function markAlert(quote: Element): void {
  const paragraph = quote.children.find((child) => typeof child !== "string");
  const first = paragraph?.tag === "p" ? paragraph.children[0] : undefined;
  if (!paragraph || typeof first !== "string") return;
  const [whole, kind = ""] = /^\[!([A-Z]{3,9})\][ \t]*(?:\n|$)/.exec(first) ?? [];
  const title = Object.hasOwn(alerts, kind) ? alerts[kind] : undefined;
  if (whole === undefined || title === undefined) return;
  const rest = first.slice(whole.length);
  if (rest === "" && paragraph.children.length === 1)
    quote.children.splice(quote.children.indexOf(paragraph), 1);
  else paragraph.children[0] = rest;
  quote.tag = "div";
  quote.attributes = { class: `alert alert-${kind.toLowerCase()}` };
  quote.children.unshift(element("p", { class: "alert-title" }, [title]));
}

/** An entry of a list that begins with `[ ]` or `[x]`. */
function markTask(item: Element): void {
  const first = item.children.find((child) => typeof child !== "string" || child.trim() !== "");
  const holder = first !== undefined && typeof first !== "string" && first.tag === "p" ? first : item;
  const index = holder.children.findIndex((child) => typeof child !== "string" || child.trim() !== "");
  const text = holder.children[index];
  const [whole, mark] = (typeof text === "string" && /^\s*\[([ xX])\]\s+/.exec(text)) || [];
  if (whole === undefined || typeof text !== "string") return;
  const done = mark !== " ";
  holder.children.splice(
    index,
    1,
    element("span", { class: "task", role: "img", "aria-label": done ? "Done:" : "To do:" }, [
      done ? "☑" : "☐",
    ]),
    ` ${text.slice(whole.length)}`,
  );
  item.attributes["class"] = "task-item";
}

/** The arrow of a footnote. */
function nameWayBack({ attributes }: Element): void {
  if (attributes["href"]?.startsWith(`#${idPrefix}fnref`)) attributes["aria-label"] = "Back to the text";
}

/** Code that is copied whole has a button for it, where scripts run. */
function wrapCode(pre: Element): void {
  pre.attributes["tabindex"] = "0";
  const [code] = pre.children;
  if (typeof code !== "string" && code?.tag === "code" && pre.children.length === 1)
    wrap(pre, "copy-text", {});
}

/** Puts an element into another one, in its own place. */
function wrap(inner: Element, tag: string, attributes: Record<string, string>): void {
  const moved = element(inner.tag, inner.attributes, inner.children);
  Object.assign(inner, { tag, attributes, children: [moved] });
}
