import type { Child } from "hono/jsx";

interface Column {
  label: string;
  /** Of numbers: stands at the right. */
  number?: boolean;
  /** Of short words, which are not broken. */
  whole?: boolean;
  /** Its heading is read, and not seen: the column of the buttons. */
  unseen?: boolean;
}

/** A list that people compare. On a phone each row becomes a block, with the heading before each value. */
export function Table({
  caption,
  columns,
  rows,
}: {
  caption: string;
  columns: readonly Column[];
  rows: readonly (readonly Child[])[];
}) {
  return (
    <table>
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          {columns.map(({ label, number, unseen }) => (
            <th scope="col" class={number ? "number" : undefined}>
              <span class={unseen ? "unseen" : undefined}>{label}</span>
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((cells) => (
          <tr>
            {cells.map((cell, index) => (
              <td
                class={classOf(columns[index])}
                data-label={columns[index]?.unseen ? undefined : columns[index]?.label}
              >
                {/* One thing beside the heading, also where it is words with a time in them. */}
                {columns[index]?.unseen ? cell : <div>{cell}</div>}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function classOf(column: Column | undefined): string | undefined {
  if (column?.number) return "number";
  return column?.whole ? "whole" : undefined;
}
