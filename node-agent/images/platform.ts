import { HubError } from "#shared/errors";

/** What an image is made for, in the words of Go: `linux`, `amd64`, `v8`. */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string | undefined;
}

/** Of this host. */
export function hostPlatform(): Platform {
  const names: Record<string, Platform> = {
    x64: { os: "linux", architecture: "amd64" },
    arm64: { os: "linux", architecture: "arm64", variant: "v8" },
    arm: { os: "linux", architecture: "arm", variant: "v7" },
  };
  return names[process.arch] ?? { os: "linux", architecture: process.arch };
}

/** Reads `linux/arm64/v8`, `linux/amd64` or `arm64`. @throws HubError `invalid`. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split("/");
  const [os = "", architecture = "", variant] = parts.length === 1 ? ["linux", ...parts] : parts;
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+$/.test(part)))
    throw new HubError("invalid", `"${text}" is no platform; give one such as linux/amd64 or linux/arm/v7`);
  const aliases: Record<string, string> = {
    x86_64: "amd64",
    "x86-64": "amd64",
    aarch64: "arm64",
    armhf: "arm",
  };
  return { os, architecture: aliases[architecture] ?? architecture, variant };
}

export function platformText({ os, architecture, variant }: Platform): string {
  return [os, architecture, variant].filter(Boolean).join("/");
}

/**
 * The entry of an index for a platform: the same variant first, then the next older one that runs there, then one that does not say.
 *
 * @throws HubError `not-found` naming what there is.
 */
export function choosePlatform<T extends { platform: Partial<Platform> }>(
  candidates: readonly T[],
  wanted: Platform,
): T {
  const ranked = candidates
    .map((candidate) => ({ candidate, rank: rankOf(candidate.platform, wanted) }))
    .filter(({ rank }) => rank >= 0)
    .toSorted((one, other) => one.rank - other.rank);
  const best = ranked[0]?.candidate;
  if (best !== undefined) return best;
  const there = candidates.map(({ platform: { os = "", architecture = "", variant } }) =>
    platformText({ os, architecture, variant }),
  );
  throw new HubError(
    "not-found",
    `no matching manifest for ${platformText(wanted)} in the manifest list entries; there are: ${there.filter((text) => !text.includes("unknown")).join(", ") || "none"}`,
  );
}

/** 0 for the very same, more for less fitting, below 0 for what does not run there. */
function rankOf(offered: Partial<Platform>, wanted: Platform): number {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return -1;
  const usual = wanted.architecture === "arm64" ? "v8" : wanted.architecture === "arm" ? "v7" : "v1";
  const [is, want] = [offered.variant || usual, wanted.variant || usual];
  if (is === want) return offered.variant === wanted.variant ? 0 : 1;
  const [isNumber, wantNumber] = [Number(is.slice(1)), Number(want.slice(1))];
  // An older processor's programs run on a newer one.
  return Number.isInteger(isNumber) && isNumber < wantNumber ? 2 + wantNumber - isNumber : -1;
}
