/** HTML as a README's rendering works with it: elements with their attributes, and text. What is in it decides what a page shows. */
export interface Element {
  tag: string;
  attributes: Record<string, string>;
  children: Node[];
}

export type Node = Element | string;

export function element(
  tag: string,
  attributes: Record<string, string> = {},
  children: Node[] = [],
): Element {
  return { tag, attributes, children };
}

/** What a reader reads of nodes: their text, and what stands for their images. */
export function textOf(nodes: readonly Node[]): string {
  return nodes
    .map((node) => (typeof node === "string" ? node : (node.attributes["alt"] ?? textOf(node.children))))
    .join("");
}

/** Every element below, outer ones first. */
export function* elementsIn(nodes: readonly Node[]): Generator<Element> {
  for (const node of nodes) {
    if (typeof node === "string") continue;
    yield node;
    yield* elementsIn(node.children);
  }
}

/** Elements that have no content and no end tag. */
const empty = new Set(["br", "hr", "img", "wbr"]);

/** The HTML of nodes. Text and attributes are escaped, so that a parser finds these nodes and no others. */
export function serialize(nodes: readonly Node[]): string {
  return nodes.map((node) => (typeof node === "string" ? escape(node) : serializeElement(node))).join("");
}

function serializeElement({ tag, attributes, children }: Element): string {
  const written = Object.entries(attributes).map(([name, value]) => ` ${name}="${escape(value)}"`);
  const start = `<${tag}${written.join("")}>`;
  return empty.has(tag) ? start : `${start}${serialize(children)}</${tag}>`;
}

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => escapes[character] ?? "");
}
