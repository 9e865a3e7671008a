/** Room for texts that nobody has bounded, such as the commands of an image: what one page shows of them in all. */
export class TextRoom {
  #left: number;

  /** @param bytes in all */
  constructor(bytes: number) {
    this.#left = bytes;
  }

  /** The beginning of a text, as long as there is room; at least `least` bytes of each. */
  take(text: string, least = 80): { text: string; cut: boolean } {
    const most = Math.max(least, this.#left);
    // No more than this is looked at: a text may have megabytes.
    const begin = text.slice(0, most);
    const size = new TextEncoder().encode(begin).byteLength;
    const shown = size > most ? begin.slice(0, Math.floor((most * begin.length) / size)) : begin;
    this.#left = Math.max(0, this.#left - Math.min(size, most));
    return { text: shown, cut: shown.length < text.length };
  }
}

/** What a reader sees of a long text before asking for the rest. */
const glance = 240;

/** Code from elsewhere, such as a command: the beginning of a long one, with the rest behind it for who asks. */
export function Code({ text, room }: { text: string; room: TextRoom }) {
  if (text === "") return <span class="muted">not said</span>;
  const whole = room.take(text);
  if (whole.text.length <= glance)
    return <code class="code">{whole.cut ? `${whole.text}…` : whole.text}</code>;
  return (
    <details class="long">
      <summary>
        <code class="code">{whole.text.slice(0, glance)}…</code>
      </summary>
      <code class="code">
        …{whole.text.slice(glance)}
        {whole.cut && "… (too long to be shown)"}
      </code>
    </details>
  );
}
