import { allowedAttribute, allowedElements, droppedElements } from "./readme-elements.ts";
import { idPrefix, imageLocation, linkAddress } from "./readme-links.ts";
import type { ParsedNode } from "./readme-parse.ts";
import { element, type Node } from "./readme-tree.ts";

export interface Surroundings {
  /** Of the git repository that the README is from: relative addresses lead there. */
  sourceUrl: string | undefined;
  /** Where the hub itself gives an image; undefined: it does not, and a link to the image stands in its place. */
  imageAddress: (url: string) => string | undefined;
}

type ParsedElement = Extract<ParsedNode, { tagName: string }>;

/**
 * What may be shown of parsed HTML. What comes out is made anew: an element is there because its name is in a list, and so is each of its
 * attributes.
 */
export function clean(nodes: readonly ParsedNode[], around: Surroundings, inLink = false): Node[] {
  return nodes.flatMap((node) => {
    if ("value" in node) return [plain(node.value)];
    return "tagName" in node ? cleanElement(node, around, inLink) : [];
  });
}

function cleanElement(parsed: ParsedElement, around: Surroundings, inLink: boolean): Node[] {
  if (droppedElements.has(parsed.tagName)) return [];
  const tag = allowedElements.get(parsed.tagName);
  if (tag === undefined) return clean(parsed.childNodes, around, inLink);
  if (tag === "img") return image(parsed, around, inLink);
  if (tag === "a") return link(parsed, around, inLink);
  return [element(tag, attributesOf(parsed, tag), clean(parsed.childNodes, around, inLink))];
}

function attributesOf({ attrs }: ParsedElement, tag: string): Record<string, string> {
  const attributes: Record<string, string> = {};
  for (const { name, value } of attrs) {
    const allowed = name === "id" ? prefixed(value) : allowedAttribute(tag, name, plain(value));
    if (allowed !== undefined) attributes[name] = allowed;
    // The columns of a Markdown table.
    const aligned = name === "style" && /^text-align:(left|center|right)$/.exec(value)?.[1];
    if (aligned) attributes["align"] = aligned;
  }
  return attributes;
}

/** A link, a place that links lead to, or, of what is neither, its content. */
function link(parsed: ParsedElement, around: Surroundings, inLink: boolean): Node[] {
  const given = (name: string) => parsed.attrs.find((attribute) => attribute.name === name)?.value;
  const href = given("href");
  const address = href === undefined || inLink ? undefined : linkAddress(href, around.sourceUrl);
  const content = clean(parsed.childNodes, around, inLink || address !== undefined);
  const attributes = attributesOf(parsed, "a");
  const id = attributes["id"] ?? prefixed(given("name") ?? "");
  if (id !== undefined) attributes["id"] = id;
  if (address !== undefined) return [element("a", { ...attributes, href: address, rel: relation }, content)];
  return id === undefined ? content : [element("span", attributes, content)];
}

/** Of a link that a stranger wrote: it is not the hub that recommends where it leads. */
const relation = "nofollow ugc noopener";

function image(parsed: ParsedElement, around: Surroundings, inLink: boolean): Node[] {
  const { alt = "", ...attributes } = attributesOf(parsed, "img");
  const src = parsed.attrs.find(({ name }) => name === "src")?.value ?? "";
  const location = imageLocation(src, around.sourceUrl);
  const address = location === undefined ? undefined : around.imageAddress(location);
  if (address !== undefined)
    return [element("img", { ...attributes, src: address, alt, loading: "lazy", decoding: "async" })];
  if (location === undefined || inLink) return alt === "" ? [] : [alt];
  const words = alt.trim() || `image ${fileName(location)}`;
  return [element("a", { href: location, rel: relation }, [words])];
}

function fileName(location: string): string {
  const { pathname, hostname } = new URL(location);
  return pathname.split("/").at(-1) || hostname;
}

function prefixed(id: string): string | undefined {
  return /^[^\s"'<>]{1,200}$/.test(id) ? idPrefix + plain(id) : undefined;
}

/** Without the controls that make a text read otherwise than it runs, and without those that have no meaning in HTML. */
function plain(text: string): string {
  return text.replace(misleading, "");
}

/* Embeddings, overrides and isolates of direction; control characters but tab and line breaks. */
// oxlint-disable-next-line no-control-regex -- these are the characters that are taken out
const misleading = /[\u202A-\u202E\u2066-\u2069\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F]/g;
