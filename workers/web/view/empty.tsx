import type { Child } from "hono/jsx";

/** In place of a list with nothing in it: what would be there, and what to do next. */
export function Empty({ title, children }: { title: string; children?: Child }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}
