import type { Child } from "hono/jsx";

/** The elements of client/. Without scripts each is a plain box around what stands in it. */
declare module "hono/jsx" {
  // The place where hono/jsx looks for elements: it is a namespace there.
  namespace JSX {
    interface IntrinsicElements {
      "copy-text": { children?: Child };
      "relative-time": { children?: Child };
      "search-box": { children?: Child; class?: string | undefined };
      "passkey-form": { children?: Child; mode: "create" | "get"; options: string };
    }
  }
}
