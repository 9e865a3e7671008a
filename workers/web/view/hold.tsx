import { sizeText } from "./amounts.tsx";
import { colourOf, holdSegments, type HoldLayer, type HoldSegment } from "./hold-segments.ts";

/** Segments that say on hover what they are. */
const mostTold = 60;

/**
 * The hold: an image as its cargo, a segment of the bar for each layer. Whoever shows it says the same in words beside it.
 *
 * @param part of the bar that it fills, up to 1, where it is compared with a bigger one
 * @param label what is read in its place; without it the hold is not read at all, as where a list of the layers follows.
 */
export function Hold({
  layers,
  thin,
  part = 1,
  label,
}: {
  layers: readonly HoldLayer[];
  thin?: boolean;
  part?: number;
  label?: string | undefined;
}) {
  const segments = holdSegments(layers);
  // Of very many, nobody goes over each; a list of them follows.
  const isTold = !thin && segments.length <= mostTold;
  return (
    <svg
      class={thin ? "hold thin" : "hold"}
      role={label === undefined ? undefined : "img"}
      aria-label={label}
      aria-hidden={label === undefined ? "true" : undefined}
    >
      {segments.map((segment) => (
        <rect
          x={percent(segment.x * part)}
          width={percent(segment.width * part)}
          height="100%"
          {...(segment.digest === undefined ? {} : { fill: colourOf(segment.digest) })}
        >
          {isTold && <title>{titleOf(segment)}</title>}
        </rect>
      ))}
    </svg>
  );
}

/** The colour of a layer, beside its name. */
export function HoldKey({ digest }: { digest: string }) {
  return (
    <svg class="hold-key" viewBox="0 0 12 12" aria-hidden="true">
      <rect width="12" height="12" rx="3" fill={colourOf(digest)} />
    </svg>
  );
}

function percent(number: number): string {
  return `${Math.round(number * 100) / 100}%`;
}

function titleOf({ layers }: HoldSegment): string {
  const size = sizeText(layers.reduce((sum, layer) => sum + layer.size, 0));
  if (layers.length > 1) return `${layers.length} small layers, ${size}`;
  const label = layers[0]?.label;
  return label === undefined ? size : `${label.slice(0, 120)}, ${size}`;
}
