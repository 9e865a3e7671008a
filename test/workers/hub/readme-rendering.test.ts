import { html as standard, parseFragment, type DefaultTreeAdapterTypes } from "parse5";
import { describe, expect, test } from "vitest";
import { renderReadme } from "../../../workers/hub/readme-rendering.ts";
import { HubError } from "../../../workers/shared/errors.ts";
import { foreignHost, hostileReadmes, slowReadmes } from "../../support/hostile-readmes.ts";

const nowhere = { sourceUrl: undefined, imageAddress: () => undefined };

function render(source: string, around: Partial<Parameters<typeof renderReadme>[1]> = {}): string {
  return renderReadme(source, { ...nowhere, ...around }).trim();
}

test("Markdown becomes HTML as GitHub makes it, with what the hub adds", () => {
  const rendered: [what: string, source: string, html: string][] = [
    [
      "a paragraph",
      "a **b** _c_ ~~d~~ `e`",
      "<p>a <strong>b</strong> <em>c</em> <s>d</s> <code>e</code></p>",
    ],
    [
      "a heading, one level lower than the page's own",
      "# Get it: `now`!",
      `<h2 id="readme-get-it-now">Get it: <code>now</code>!<a class="anchor" href="#readme-get-it-now" aria-label="Link to Get it: now!">#</a></h2>`,
    ],
    [
      "two headings of one name",
      "# a\n# a",
      `<h2 id="readme-a">a<a class="anchor" href="#readme-a" aria-label="Link to a">#</a></h2>\n<h2 id="readme-a-1">a<a class="anchor" href="#readme-a-1" aria-label="Link to a">#</a></h2>`,
    ],
    [
      "code, with what copies it",
      "```sh\n<b> & c\n```",
      `<copy-text><pre tabindex="0"><code class="language-sh">&lt;b&gt; &amp; c\n</code></pre></copy-text>`,
    ],
    [
      "tasks",
      "- [x] a\n- [ ] b",
      `<ul>\n<li class="task-item"><span class="task" role="img" aria-label="Done:">☑</span> a</li>\n<li class="task-item"><span class="task" role="img" aria-label="To do:">☐</span> b</li>\n</ul>`,
    ],
    [
      "an alert",
      "> [!WARNING]\n> Hot.",
      `<div class="alert alert-warning"><p class="alert-title">Warning</p>\n<p>Hot.</p>\n</div>`,
    ],
    ["a quote that is no alert", "> [!WHATEVER]\n> x", "<blockquote>\n<p>[!WHATEVER]\nx</p>\n</blockquote>"],
    [
      "a table",
      "|a|b|\n|:-|-:|\n|1|2|",
      `<div class="wide-table" tabindex="0"><table>\n<thead>\n<tr>\n<th align="left">a</th>\n<th align="right">b</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n<td align="left">1</td>\n<td align="right">2</td>\n</tr>\n</tbody>\n</table></div>`,
    ],
    [
      "an address",
      "see https://a.example/b and README.md",
      `<p>see <a href="https://a.example/b" rel="nofollow ugc noopener">https://a.example/b</a> and README.md</p>`,
    ],
    [
      "a link into itself",
      "[x](#get-it)",
      `<p><a href="#readme-get-it" rel="nofollow ugc noopener">x</a></p>`,
    ],
    [
      "HTML that says what a text is",
      `<p align="center">H<sub>2</sub>O</p>`,
      `<p align="center">H<sub>2</sub>O</p>`,
    ],
    [
      "a footnote, with the way back",
      "a[^1]\n\n[^1]: b",
      `<p>a<sup><a id="readme-fnref1" href="#readme-fn1" rel="nofollow ugc noopener">[1]</a></sup></p>\n<hr>\n<section>\n<ol>\n<li id="readme-fn1"><p>b <a href="#readme-fnref1" rel="nofollow ugc noopener" aria-label="Back to the text">↩︎</a></p>\n</li>\n</ol>\n</section>`,
    ],
  ];
  for (const [what, source, html] of rendered) expect(render(source), what).toBe(html);
});

describe("addresses", () => {
  const github = "https://github.com/acme/web";

  test("lead into the source, out to the web, or nowhere", () => {
    const leading: [href: string, sourceUrl: string | undefined, address: string | undefined][] = [
      ["docs/use.md", github, "https://github.com/acme/web/blob/HEAD/docs/use.md"],
      ["/LICENSE", `${github}.git`, "https://github.com/acme/web/blob/HEAD/LICENSE"],
      ["./a/../b?c#d", "https://gitlab.com/acme/web/", "https://gitlab.com/acme/web/-/blob/HEAD/b?c#d"],
      ["a.md", "https://git.example/acme/web", "https://git.example/acme/web/a.md"],
      ["../../../other/repository", github, undefined],
      ["docs/use.md", undefined, undefined],
      ["mailto:a@b.example", undefined, "mailto:a@b.example"],
      ["ftp://a.example", undefined, undefined],
    ];
    for (const [href, sourceUrl, address] of leading) {
      const link = `<a href="${address}" rel="nofollow ugc noopener">x</a>`;
      expect(render(`[x](${href})`, { sourceUrl }), href).toBe(
        `<p>${address === undefined ? "x" : link}</p>`,
      );
    }
  });

  test("of images that the hub does not give are links; within a link they are words", () => {
    expect(render("![a ship](https://i.example/s.png)")).toBe(
      `<p><a href="https://i.example/s.png" rel="nofollow ugc noopener">a ship</a></p>`,
    );
    expect(render("![](https://i.example/s.png)")).toContain(">image s.png</a>");
    expect(render("[![build](https://i.example/b.svg)](https://ci.example)")).toBe(
      `<p><a href="https://ci.example/" rel="nofollow ugc noopener">build</a></p>`,
    );
    expect(render("![a](s.png)")).toBe("<p>a</p>");
  });

  test("of images that the hub gives are its own; those of a source are found there", () => {
    const given = { imageAddress: (url: string) => `/given?${url}`, sourceUrl: github };
    expect(render('<img src="s.png" width="40" height="1e9" alt="a">', given)).toBe(
      `<img width="40" src="/given?https://github.com/acme/web/raw/HEAD/s.png" alt="a" loading="lazy" decoding="async">`,
    );
  });
});

/** What may be there at all, written down here once more: by element, its attributes besides those of all. */
const known: Readonly<Record<string, readonly string[]>> = {
  a: ["href", "rel", "class", "aria-label"],
  code: ["class"],
  "copy-text": [],
  details: ["open"],
  div: ["class", "tabindex"],
  img: ["alt", "src", "width", "height", "loading", "decoding"],
  li: ["value", "class"],
  ol: ["start", "reversed"],
  p: ["class"],
  pre: ["tabindex"],
  span: ["class", "role", "aria-label"],
  td: ["colspan", "rowspan"],
  th: ["colspan", "rowspan", "scope"],
  time: ["datetime"],
  ...Object.fromEntries(
    "abbr b bdi blockquote br caption cite dd del dfn dl dt em figcaption figure h2 h3 h4 h5 h6 hr i ins kbd mark q rp rt ruby s samp section small strong sub summary sup table tbody tfoot thead tr ul var wbr"
      .split(" ")
      .map((tag) => [tag, []]),
  ),
};
const everywhere = ["id", "title", "dir", "align"];
const classes =
  /^(?:anchor|alert alert-(?:note|tip|important|warning|caution)|alert-title|task|task-item|wide-table|language-[\w+#.-]+)$/;

/** What is in HTML that may not be, as sentences. */
function foreignParts(html: string): string[] {
  const found: string[] = [];
  const visit = (node: DefaultTreeAdapterTypes.Node): void => {
    if ("tagName" in node) {
      const allowed = Object.hasOwn(known, node.tagName) ? known[node.tagName] : undefined;
      if (!allowed || node.namespaceURI !== standard.NS.HTML) found.push(`<${node.tagName}>`);
      for (const { name, value } of node.attrs) {
        if (!allowed?.includes(name) && !everywhere.includes(name)) found.push(`${node.tagName} ${name}`);
        if (name === "href" && !/^(?:https?:\/\/|mailto:|#readme-)/.test(value)) found.push(`href ${value}`);
        if (name === "src" && !value.startsWith("/given?")) found.push(`src ${value}`);
        if (name === "id" && !value.startsWith("readme-")) found.push(`id ${value}`);
        if (name === "class" && !classes.test(value)) found.push(`class ${value}`);
        if (name === "rel" && value !== "nofollow ugc noopener") found.push(`rel ${value}`);
      }
    } else if (node.nodeName === "#comment") found.push("a comment");
    if ("childNodes" in node) node.childNodes.forEach(visit);
  };
  visit(parseFragment(html));
  return found;
}

describe("a hostile README", () => {
  test("keeps only what a text is made of", () => {
    for (const [what, source] of Object.entries(hostileReadmes))
      for (const around of [
        nowhere,
        { ...nowhere, imageAddress: (url: string) => `/given?${encodeURIComponent(url)}` },
      ]) {
        const html = renderReadme(source, around);
        expect(foreignParts(html), what).toEqual([]);
        // Parsed and written again it stays what it is: nothing waits in it to become something else.
        expect(foreignParts(renderReadme(html, around)), `${what}, again`).toEqual([]);
      }
  });

  test("the check sees what it is for", () => {
    expect(
      foreignParts(`<p style="x"><img src="https://${foreignHost}"><a href="javascript:x" id="y">z</a><svg>`),
    ).toEqual(["p style", `src https://${foreignHost}`, "href javascript:x", "id y", "<svg>"]);
  });

  test("reads in the direction in which it runs", () => {
    expect(render(hostileReadmes["direction"] ?? "")).not.toMatch(/[\u202A-\u202E\u2066-\u2069]/);
  });

  test("closes nothing of the page around it", () => {
    const page = (content: string) =>
      parseFragment(`<main><div id="readme">${content}</div><p id="behind"></p></main>`);
    for (const source of Object.values(hostileReadmes)) {
      const [main] = page(renderReadme(source, nowhere)).childNodes;
      const ids =
        main && "childNodes" in main
          ? main.childNodes.map((node) => ("attrs" in node ? node.attrs[0]?.value : ""))
          : [];
      expect(ids).toEqual(["readme", "behind"]);
    }
  });
});

test("a README that is made to keep a renderer busy is shown, or refused with words", () => {
  for (const [what, source] of Object.entries(slowReadmes)) {
    let said: unknown;
    try {
      renderReadme(source, nowhere);
    } catch (error) {
      said = error;
    }
    if (said === undefined) continue;
    expect(said, what).toBeInstanceOf(HubError);
    expect(said, what).toMatchObject({
      kind: "too-large",
      message: expect.stringMatching(/^the README .*\d/),
    });
  }
});

test("more than 256 KiB are refused, counted in bytes", () => {
  expect(() => render("ä".repeat(128 * 1024))).not.toThrow();
  expect(() => render("ä".repeat(128 * 1024 + 1))).toThrow(/has 262146 bytes; it has room for 262144/);
  expect(() => render("x".repeat(1024 * 1024))).toThrow(/1048576 bytes/);
});
