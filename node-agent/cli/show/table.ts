/** Between columns, and the narrowest that a column is, as docker's tables have it. */
const gap = 3;
const narrowest = 10;
/** A cell is not cut shorter than this. */
const least = 8;

/**
 * Rows as a table of aligned columns.
 *
 * @param width What the table has to fit into: the widest columns are cut, with an ellipsis; undefined: as wide as it gets.
 */
export function table(lines: readonly (readonly string[])[], width: number | undefined): string {
  const widths: number[] = [];
  for (const line of lines)
    line.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, lengthOf(cell))));
  const allowed = width === undefined ? widths : fitted(widths, width);
  return lines
    .map((line) =>
      line
        .map((cell, at) => {
          const shown = cut(cell, allowed[at] ?? 0);
          if (at === line.length - 1) return shown;
          return shown + " ".repeat(Math.max(narrowest, (allowed[at] ?? 0) + gap) - lengthOf(shown));
        })
        .join(""),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** Narrows the widest column until all fit, or nothing is left to take. */
function fitted(widths: readonly number[], width: number): number[] {
  const result = [...widths];
  const total = () =>
    result.reduce(
      (sum, one, at) => sum + (at === result.length - 1 ? one : Math.max(narrowest, one + gap)),
      0,
    );
  while (total() > width) {
    const widest = Math.max(...result);
    if (widest <= least) break;
    result[result.lastIndexOf(widest)] = widest - 1;
  }
  return result;
}

function cut(cell: string, length: number): string {
  const letters = Array.from(cell);
  return letters.length <= length ? cell : `${letters.slice(0, Math.max(0, length - 1)).join("")}…`;
}

function lengthOf(text: string): number {
  return Array.from(text).length;
}
