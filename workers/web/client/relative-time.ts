import { relativeTime } from "../../shared/relative-time.ts";

/** Keeps "3 minutes ago" true while the page stays open. */
export class RelativeTime extends HTMLElement {
  #timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    const time = this.querySelector("time");
    if (!time) return;
    const at = Date.parse(time.dateTime);
    // In the reader's own zone; the server knows UTC only. Made when it is looked for: a page has many times, and it is slow to make.
    const name = () => {
      time.title = new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
    };
    this.addEventListener("pointerenter", name, { once: true });
    const say = () => {
      const text = relativeTime(at, Date.now());
      if (text !== time.textContent) time.textContent = text;
    };
    // The page may have been kept for a while.
    say();
    this.#timer = setInterval(say, 60_000);
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }
}
