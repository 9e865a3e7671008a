import type { Badge as BadgeKind } from "../../db/index.ts";
import { Icon } from "./icon.tsx";

const words = {
  official: { label: "Official", title: "The hub's own work" },
  verified: { label: "Verified publisher", title: "The hub has looked: it belongs to whom its name says" },
} as const;

/** What the hub vouches for. */
export function Badge({ badge }: { badge: BadgeKind }) {
  const { label, title } = words[badge];
  return (
    <span class="chip ok" title={title}>
      <Icon name={badge} />
      {label}
    </span>
  );
}

/** The same where there is little room, beside a name. */
export function BadgeSign({ badge }: { badge: BadgeKind }) {
  return (
    <span class="badge-sign" title={words[badge].label}>
      <Icon name={badge} label={words[badge].label} />
    </span>
  );
}
