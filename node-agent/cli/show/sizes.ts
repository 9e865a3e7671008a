const decimal = ["B", "kB", "MB", "GB", "TB", "PB", "EB"];
const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

/** Bytes in powers of 1000, such as 4.26MB. */
export function humanSize(bytes: number, digits = 3): string {
  return scaled(bytes, 1000, decimal, digits);
}

/** Bytes in powers of 1024, such as 7.6MiB. */
export function binarySize(bytes: number): string {
  return scaled(bytes, 1024, binary, 4);
}

function scaled(bytes: number, base: number, units: readonly string[], digits: number): string {
  let size = bytes;
  let unit = 0;
  while (Math.abs(size) >= base && unit < units.length - 1) {
    size /= base;
    unit += 1;
  }
  return `${Number(size.toPrecision(digits))}${units[unit]}`;
}
