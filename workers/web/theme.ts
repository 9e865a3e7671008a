import { readCookies, setCookie } from "./cookies.ts";

/** How the pages look: as the system says, which no cookie is needed for, or always one way. */
export const themes = ["system", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

/** A year, in seconds. */
const lifetime = 365 * 24 * 3600;

/** What the visitor has chosen. It is there before the first paint, as a class of the page: nothing flashes. */
export function readTheme(request: Request, origin: string): Theme {
  const chosen = readCookies(request).get(nameOf(origin));
  return themes.find((theme) => theme === chosen) ?? "system";
}

/** Set-Cookie for a choice. */
export function themeCookie(origin: string, theme: Theme): string {
  return setCookie(
    origin,
    nameOf(origin),
    theme === "system" ? "" : theme,
    theme === "system" ? 0 : lifetime,
  );
}

function nameOf(origin: string): string {
  return origin.startsWith("https:") ? "__Host-wherry-theme" : "wherry-theme";
}
