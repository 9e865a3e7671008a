/** Control characters, and those that turn the direction of what follows: nobody sees them, and they change what people read. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const unseen = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** A text that somebody pushed, as it is kept: what cannot be seen is made visible, and it is cut to so many characters. */
export function cleanText(text: string, maximum: number): string {
  return text.slice(0, maximum).toWellFormed().replaceAll(unseen, "\ufffd");
}

/** The same of a value that may be no text at all: then "". */
export function textOf(value: unknown, maximum = 1000): string {
  return typeof value === "string" ? cleanText(value, maximum) : "";
}

/** The moment that a text spells (RFC 3339), in milliseconds since 1970; undefined for none, and for years before 1970 or after 9999. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 64) return undefined;
  const at = Date.parse(value);
  return at > 0 && at < 253_402_300_800_000 ? at : undefined;
}

/** Texts by name, as annotations and labels are: so many at most, each cut, and no more than so many characters in all. */
export function textsByName(
  value: object,
  maximum: { entries: number; length: number; all?: number },
): Record<string, string> {
  const texts: Record<string, string> = Object.create(null) as Record<string, string>;
  let rest = maximum.all ?? Number.POSITIVE_INFINITY;
  for (const [name, text] of Object.entries(value).slice(0, maximum.entries)) {
    const kept = textOf(text, Math.min(maximum.length, rest));
    rest -= kept.length;
    texts[cleanText(name, 256)] = kept;
  }
  return texts;
}
