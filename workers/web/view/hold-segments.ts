/** A layer as the hold draws it. */
export interface HoldLayer {
  /** "": not one layer but the rest of very many. */
  digest: string;
  /** Bytes, compressed. */
  size: number;
  /** What made it; said on hover. */
  label?: string | undefined;
}

/** A piece of the bar: one layer, or tiny ones that are beside each other. */
export interface HoldSegment {
  /** Where it begins, and how wide it is, in percent of the bar. */
  x: number;
  width: number;
  /** undefined: of tiny layers. */
  digest: string | undefined;
  layers: readonly HoldLayer[];
}

/** What is narrower than this part of the bar is tiny, unless so many layers share the bar that all of them are. */
const tiny = 0.01;
/** No layer is so small that it gets no colour only because there are many; beyond this nobody could see one. */
const smallest = 0.001;

/**
 * The bar of an image: a segment for each layer, as wide as it is big, but never too narrow to be seen. Tiny layers beside each other
 * become one segment. Layers without bytes are left out. Never more than two thousand segments, of however many layers.
 */
export function holdSegments(layers: readonly HoldLayer[]): HoldSegment[] {
  const filled = layers.filter(({ size }) => size > 0);
  const total = filled.reduce((sum, { size }) => sum + size, 0);
  const least = Math.max(smallest, Math.min(tiny, 1 / (2 * filled.length)));
  const groups: { share: number; digest: string | undefined; layers: HoldLayer[] }[] = [];
  for (const layer of filled) {
    const share = layer.size / total;
    const last = groups.at(-1);
    if (share >= least && layer.digest !== "") groups.push({ share, digest: layer.digest, layers: [layer] });
    else if (last && last.digest === undefined) {
      last.share += share;
      last.layers.push(layer);
    } else groups.push({ share, digest: undefined, layers: [layer] });
  }
  const wide = groups.map(({ share }) => Math.max(share, least));
  const sum = wide.reduce((before, share) => before + share, 0);
  let x = 0;
  return groups.map((group, index) => {
    const width = ((wide[index] ?? 0) / sum) * 100;
    const segment = { x, width, digest: group.digest, layers: group.layers };
    x += width;
    return segment;
  });
}

/**
 * The colour of a layer: one lightness and chroma, the hue from the digest, so that the same layer has the same colour everywhere. It
 * keeps a contrast of 3 to the grounds of both colour schemes.
 */
export function colourOf(digest: string): string {
  const hex = /^[^:]*:([0-9a-f]{4})/.exec(digest)?.[1] ?? "0";
  return `oklch(62% .11 ${Math.round((Number.parseInt(hex, 16) / 0x10000) * 360)})`;
}
