import { colourOf } from "./hold-segments.ts";

/** How much of something a part is: a bar of that length. The number stands beside it. @param of what the whole bar stands for */
export function Share({ size, of, digest }: { size: number; of: number; digest: string }) {
  const percent = of > 0 ? Math.max(size > 0 ? 0.5 : 0, (size / of) * 100) : 0;
  return (
    <svg class="share" aria-hidden="true">
      <rect width={`${percent.toFixed(1)}%`} height="100%" rx="2" fill={colourOf(digest)} />
    </svg>
  );
}
