import { createHash } from "node:crypto";
import script from "./built/main.js.txt";
import style from "./built/main.css.txt";
import fontText from "./font/public-sans.woff2.txt";
import { icons } from "./icons.ts";
import { sign } from "./sign.ts";

/** A file that pages load. Its path changes with its content, so that browsers may keep it for ever. */
interface Asset {
  path: string;
  type: string;
  content: string | Uint8Array<ArrayBuffer>;
}

function asset(name: string, type: string, content: string | Uint8Array<ArrayBuffer>): Asset {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 12);
  return { path: `/assets/${name.replace(".", `-${hash}.`)}`, type, content };
}

/** Public Sans, its Latin letters in all weights; font/LICENSE says who made it. Held by test/browser/assets.test.ts. */
const font = asset(
  "public-sans.woff2",
  "font/woff2",
  Uint8Array.from(atob(fontText), (character) => character.charCodeAt(0)),
);

/** Made by `npm run assets` from client/ and style/; held by test/browser/assets.test.ts. */
const styleText = style.replace("/assets/public-sans.woff2", () => font.path);

/** The style as a part of the page: who comes for the first time sees the page without waiting for a second answer. */
export const inlineStyle = {
  text: styleText,
  /** What the policy of a page allows it by (CSP 3, section 2.3.1). */
  source: `'sha256-${createHash("sha256").update(new TextEncoder().encode(styleText)).digest("base64")}'`,
};

export const assets = {
  script: asset("wherry.js", "text/javascript; charset=utf-8", script),
  style: asset("wherry.css", "text/css; charset=utf-8", styleText),
  font,
  sign: asset("sign.svg", "image/svg+xml", sign),
  icons: asset("icons.svg", "image/svg+xml", icons),
} as const;

const byPath = new Map<string, Asset>(Object.values(assets).map((each) => [each.path, each]));

/** The answer to a request below `/assets/`; undefined for what is not there, such as a file of another release. */
export function answerAsset(path: string): Response | undefined {
  const found = byPath.get(path);
  return (
    found &&
    new Response(found.content, {
      headers: {
        "Content-Type": found.type,
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
        // The sign is a document of its own when somebody opens it.
        "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
      },
    })
  );
}
