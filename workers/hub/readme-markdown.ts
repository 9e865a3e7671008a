import Markdown, { type MarkdownIt } from "markdown-it";
import footnotes from "markdown-it-footnote";

/** Footnotes beyond this many are left as they are written: what finds them compares each with each. */
const maximumFootnotes = 500;

/** Deepest nesting of lists, quotes and emphasis. */
const maximumNesting = 60;

/**
 * Markdown as HTML: CommonMark with GitHub's tables, strikethrough, bare addresses and footnotes. Nothing is left out yet: HTML that was
 * written into it and addresses of any kind come through, for readme-clean.ts to decide on.
 */
export function markdownToHtml(source: string): string {
  const noted = source.split("[^", maximumFootnotes + 2).length - 1;
  return parser(noted > 0 && noted <= maximumFootnotes).render(source);
}

function parser(withFootnotes: boolean): MarkdownIt {
  const markdown = new Markdown({ html: true, linkify: true });
  markdown.set({ maxNesting: maximumNesting });
  // "README.md" is no host, and "1.2.3.4" no link.
  markdown.linkify.set({ fuzzyLink: false, fuzzyIP: false });
  markdown.validateLink = () => true;
  if (withFootnotes) markdown.use(footnotes).disable("footnote_inline");
  return markdown;
}
