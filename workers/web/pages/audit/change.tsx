/** What an act changed, as two columns of the log hold it. Values are whatever the act wrote: plain, and shown as text. */
export function Change({ before, after }: { before: unknown; after: unknown }) {
  const [old, made] = [fieldsOf(before), fieldsOf(after)];
  const names = [...new Set([...Object.keys(old), ...Object.keys(made)])].filter(
    (name) => text(old[name], name) !== text(made[name], name),
  );
  if (names.length === 0) return null;
  return (
    <ul class="change">
      {names.map((name) => (
        <li>
          {name !== "" && <span class="muted">{name.replaceAll("_", " ")}: </span>}
          {name in old && <del>{text(old[name], name)}</del>}{" "}
          {name in made && <ins>{text(made[name], name)}</ins>}
        </li>
      ))}
    </ul>
  );
}

function fieldsOf(value: unknown): Record<string, unknown> {
  if (value === null || value === undefined) return {};
  return typeof value === "object" && !Array.isArray(value) ? { ...value } : { "": value };
}

/** Longer values are cut; the file of the log has all of them. */
const shown = 200;

function text(value: unknown, name: string): string {
  const whole = wholeText(value, name);
  return whole.length > shown ? `${whole.slice(0, shown)}…` : whole;
}

function wholeText(value: unknown, name: string): string {
  if (value === undefined) return "";
  if (value === null || value === "") return "none";
  if (typeof value === "number" && /_(at|until)$/.test(name))
    return new Date(value).toISOString().slice(0, 16);
  if (Array.isArray(value)) return value.map((each) => wholeText(each, "")).join(", ") || "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}
