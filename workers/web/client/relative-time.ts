const units = [
  ["year", 365 * 24 * 3600],
  ["month", 30 * 24 * 3600],
  ["day", 24 * 3600],
  ["hour", 3600],
  ["minute", 60],
] as const;

const words = new Intl.RelativeTimeFormat("en");

/** Keeps "3 minutes ago" true while the page stays open. */
export class RelativeTime extends HTMLElement {
  #timer: ReturnType<typeof setInterval> | undefined;

  connectedCallback(): void {
    const time = this.querySelector("time");
    if (!time) return;
    const at = Date.parse(time.dateTime);
    // In the reader's own zone; the server knows UTC only.
    time.title = new Date(at).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "long" });
    // The page may have been kept for a while.
    time.textContent = describe(at);
    this.#timer = setInterval(() => (time.textContent = describe(at)), 60_000);
  }

  disconnectedCallback(): void {
    clearInterval(this.#timer);
  }
}

function describe(at: number): string {
  const seconds = Math.round((at - Date.now()) / 1000);
  const found = units.find(([, length]) => Math.abs(seconds) >= length);
  if (!found) return seconds > 0 ? "in less than a minute" : "just now";
  const [unit, length] = found;
  return words.format(Math.trunc(seconds / length), unit);
}
