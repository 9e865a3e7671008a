const sizes = [
  ["TB", 1e12],
  ["GB", 1e9],
  ["MB", 1e6],
  ["kB", 1e3],
] as const;

/** "48.3 MB": of 1000 kB, as the clients count. What rounds up to 1000 is said in the next unit. */
export function sizeText(bytes: number): string {
  const found = sizes.find(([, unit]) => bytes >= unit * 0.99995);
  if (!found) return `${bytes} B`;
  const [name, unit] = found;
  return `${(bytes / unit).toFixed(1)} ${name}`;
}

const thousands = [
  ["B", 1e9],
  ["M", 1e6],
  ["k", 1e3],
] as const;

/** "2.4 M", "318", "12 k": for places without room for all of it. */
export function shortCount(number: number): string {
  const found = number < 10_000 ? undefined : thousands.find(([, unit]) => number >= unit * 0.9995);
  if (!found) return number.toLocaleString("en");
  const [name, unit] = found;
  const shown = number / unit;
  return `${shown < 99.95 ? shown.toFixed(1).replace(/\.0$/, "") : Math.round(shown)} ${name}`;
}

/** A number of bytes; the exact one is there on hover. */
export function Size({ bytes }: { bytes: number }) {
  return (
    <data
      class="size"
      value={String(bytes)}
      title={bytes < 1000 ? undefined : `${bytes.toLocaleString("en")} bytes`}
    >
      {sizeText(bytes)}
    </data>
  );
}

/** How many; the exact number is there on hover, where it is not said. */
export function Count({ number }: { number: number }) {
  const text = shortCount(number);
  const exact = number.toLocaleString("en");
  return (
    <data value={String(number)} title={text === exact ? undefined : exact}>
      {text}
    </data>
  );
}
