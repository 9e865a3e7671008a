export interface Platform {
  os: string;
  architecture: string;
  variant?: string | null | undefined;
  /** Of Windows, such as 10.0.20348.2700. */
  osVersion?: string | null | undefined;
}

/** "linux/arm/v7", as `--platform` takes it. */
export function platformText({ os, architecture, variant }: Platform): string {
  return [os || "unknown", architecture || "unknown", variant].filter(Boolean).join("/");
}

/** "arm64", or "windows/amd64": Linux goes without saying, where there is little room. */
export function shortPlatform(platform: Platform): string {
  const text = platformText(platform);
  return text.startsWith("linux/") ? text.slice("linux/".length) : text;
}
