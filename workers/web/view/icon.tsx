import { assets } from "../assets.ts";
import type { IconName } from "../icons.ts";

/** A drawing of icons.ts. Without `label` it is not read: the words beside it say the same. */
export function Icon({ name, label }: { name: IconName; label?: string }) {
  return (
    <svg
      class={`icon icon-${name}`}
      width="20"
      height="20"
      role={label === undefined ? undefined : "img"}
      aria-label={label}
      aria-hidden={label === undefined ? "true" : undefined}
    >
      <use href={`${assets.icons.path}#${name}`} />
    </svg>
  );
}
