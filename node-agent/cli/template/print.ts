/** A value as Go prints it: `[a b]`, `map[a:1 b:2]`, `<no value>`. */
export function printed(value: unknown): string {
  if (value === undefined || value === null) return "<no value>";
  if (typeof value === "string") return value;
  if (Array.isArray(value)) return `[${value.map(inner).join(" ")}]`;
  if (typeof value === "object") {
    const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([name, one]) => `${name}:${inner(one)}`).join(" ")}]`;
  }
  return `${value as number}`;
}

function inner(value: unknown): string {
  return value === undefined || value === null ? "<nil>" : printed(value);
}

const { rawJSON } = JSON as unknown as { rawJSON: (text: string) => unknown };

/** JSON, with whole numbers of any size. */
export function toJson(value: unknown, indent?: number): string {
  const exact = (_: string, one: unknown) => (typeof one === "bigint" ? rawJSON(String(one)) : one);
  return JSON.stringify(value ?? null, exact, indent);
}
