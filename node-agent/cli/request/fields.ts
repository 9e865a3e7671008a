/** `a=1,b,"c=2,3"`: each field's name, and its value where it has one. Quotes go around what has a comma, as in CSV. */
export function fieldsOf(text: string): [name: string, value: string | undefined][] {
  return [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain = ""]) => {
    const field = quoted?.replaceAll('""', '"') ?? plain;
    const at = field.indexOf("=");
    return at < 0 ? [field, undefined] : [field.slice(0, at), field.slice(at + 1)];
  });
}

/** `name=value` pairs as a map; a name alone has an empty value. */
export function mapOf(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return at < 0 ? [pair, ""] : [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
