interface Tab {
  label: string;
  href: string;
  /** How many there are. */
  count?: number;
}

/** The nouns of a thing. `current` is the address of the tab that is shown. */
export function Tabs({ label, tabs, current }: { label: string; tabs: readonly Tab[]; current: string }) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map((tab) => (
        <a href={tab.href} aria-current={tab.href === current ? "page" : undefined}>
          {tab.label}
          {tab.count !== undefined && <small> {tab.count.toLocaleString("en")}</small>}
        </a>
      ))}
    </nav>
  );
}
