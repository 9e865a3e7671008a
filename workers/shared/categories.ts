/** What repositories are sorted under. A slug stands in addresses, in the API and in the database: it never changes. */
export const categories = [
  { slug: "api-tools", label: "API tools" },
  { slug: "base-images", label: "Base images" },
  { slug: "build-tools", label: "Build tools" },
  { slug: "caches", label: "Caches" },
  { slug: "content-management", label: "Content management" },
  { slug: "data-science", label: "Data science" },
  { slug: "databases", label: "Databases" },
  { slug: "developer-tools", label: "Developer tools" },
  { slug: "games", label: "Games" },
  { slug: "home-automation", label: "Home automation" },
  { slug: "identity", label: "Identity" },
  { slug: "languages", label: "Languages and frameworks" },
  { slug: "machine-learning", label: "Machine learning" },
  { slug: "mail-and-chat", label: "Mail and chat" },
  { slug: "media", label: "Media" },
  { slug: "message-queues", label: "Message queues" },
  { slug: "monitoring", label: "Monitoring and logs" },
  { slug: "networking", label: "Networking" },
  { slug: "search", label: "Search engines" },
  { slug: "security", label: "Security" },
  { slug: "storage", label: "Storage and backup" },
  { slug: "web-servers", label: "Web servers and proxies" },
] as const;

export type Category = (typeof categories)[number]["slug"];

const bySlug: ReadonlyMap<string, (typeof categories)[number]> = new Map(
  categories.map((category) => [category.slug, category]),
);

export function isCategory(slug: string): slug is Category {
  return bySlug.has(slug);
}

/** What people read for a slug; the slug itself for one that is none. */
export function categoryLabel(slug: string): string {
  return bySlug.get(slug)?.label ?? slug;
}
