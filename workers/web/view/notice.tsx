import type { Child } from "hono/jsx";

/**
 * Something to know about the page: that something was done, that care is needed, or what went wrong. What went wrong takes the focus,
 * so that it is read first.
 */
export function Notice({ kind, children }: { kind: "done" | "care" | "wrong"; children?: Child }) {
  if (kind === "wrong")
    return (
      <div class="notice wrong" role="alert" tabindex={-1} autofocus>
        {children}
      </div>
    );
  return (
    <div class={`notice ${kind}`} role={kind === "done" ? "status" : "note"}>
      {children}
    </div>
  );
}
