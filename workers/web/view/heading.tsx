import type { Child } from "hono/jsx";

/** The one h1 of a page, and a sentence about it. */
export function Heading({ title, children }: { title: Child; children?: Child }) {
  return (
    <>
      <h1>{title}</h1>
      {children !== undefined && <p class="lede">{children}</p>}
    </>
  );
}

/** A part of a page with its heading, in a box. */
export function Section({ title, id, children }: { title: string; id?: string; children?: Child }) {
  return (
    <section class="box" id={id}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}
