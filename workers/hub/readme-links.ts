/** Where a README's addresses lead, given where its source is. Pure. */

const linkable = new Set(["http:", "https:", "mailto:"]);

/** Of the ids that a README gives: what it calls `install` is `readme-install` in the page, which has ids of its own. */
export const idPrefix = "readme-";

/**
 * Where a link leads: into the README, to another page, or into the git repository that it is from.
 *
 * @param sourceUrl of the repository that the README is from; undefined: relative addresses lead nowhere
 * @returns undefined when it may not be followed.
 */
export function linkAddress(href: string, sourceUrl: string | undefined): string | undefined {
  const text = href.trim();
  if (text.startsWith("#")) return text.length > 1 ? `#${idPrefix}${decoded(text.slice(1))}` : undefined;
  const absolute = absoluteAddress(text);
  if (absolute !== undefined) return linkable.has(absolute.protocol) ? absolute.href : undefined;
  return inSource(text, sourceUrl, "blob");
}

/** Where an image is; undefined when it is nowhere on the web. */
export function imageLocation(src: string, sourceUrl: string | undefined): string | undefined {
  const absolute = absoluteAddress(src.trim());
  if (absolute === undefined) return inSource(src.trim(), sourceUrl, "raw");
  return absolute.protocol === "https:" || absolute.protocol === "http:" ? absolute.href : undefined;
}

/** `//host` is an address of the web too. */
function absoluteAddress(text: string): URL | undefined {
  return URL.parse(/^[\\/]{2}/.test(text) ? `https:${text}` : text) ?? undefined;
}

/** Forges show files of the present default branch below such a path, and give them as they are below another. */
const forges: Readonly<Record<string, (kind: "blob" | "raw") => string>> = {
  "github.com": (kind) => `${kind}/HEAD/`,
  "gitlab.com": (kind) => `-/${kind}/HEAD/`,
  "codeberg.org": (kind) => (kind === "raw" ? "raw/HEAD/" : "src/HEAD/"),
};

function inSource(path: string, sourceUrl: string | undefined, kind: "blob" | "raw"): string | undefined {
  const source = sourceUrl === undefined ? null : URL.parse(sourceUrl);
  if (!source || path === "") return undefined;
  const root = `${source.origin}${source.pathname.replace(/(\.git)?\/*$/, "")}/`;
  const base = root + (forges[source.hostname]?.(kind) ?? "");
  const url = URL.parse(path.replace(/^[\\/]+/, "./"), base);
  // "../../.." leads out of the repository, to another one of the same host.
  return url?.href.startsWith(root) && (url.protocol === "https:" || url.protocol === "http:")
    ? url.href
    : undefined;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
