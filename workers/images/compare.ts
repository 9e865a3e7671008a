import type { Digest } from "../shared/digest.ts";
import type { Package } from "./attachment.ts";
import type { ImageConfig, Layer, Platform } from "./facts.ts";
import type { Image } from "./images.ts";
import type { Step } from "./steps.ts";

/*
 * What is different between two images. All of this is pure.
 */

export interface Comparison {
  from: ComparedSide;
  to: ComparedSide;
  /** Bytes. */
  sizeChange: number;
  layers: LayerChange[];
  config: ConfigChange[];
  /** null: not both have an SBOM. */
  packages: PackageChange[] | null;
}

export interface ComparedSide {
  digest: Digest;
  /** Bytes. */
  size: number;
  platform: Platform;
  madeAt: number | null;
}

export interface LayerChange {
  /** resized: the same instruction made another layer. */
  change: "same" | "added" | "removed" | "resized";
  instruction: string;
  before: Layer | null;
  after: Layer | null;
}

export interface ConfigChange {
  /** Such as "entrypoint", "environment PATH", "label maintainer". */
  field: string;
  /** null: it is not set. */
  before: string | null;
  after: string | null;
}

/** Versions of a package; null: it is not in that image. */
export interface PackageChange {
  name: string;
  type: string;
  before: string | null;
  after: string | null;
}

export function compare(
  from: Image,
  to: Image,
  packages: readonly [readonly Package[], readonly Package[]] | undefined,
): Comparison {
  return {
    from: sideOf(from),
    to: sideOf(to),
    sizeChange: to.size - from.size,
    layers: compareLayers(from.steps, to.steps),
    config: compareConfigs(from.config, to.config),
    packages: packages ? comparePackages(...packages) : null,
  };
}

function sideOf({ digest, size, madeAt, os, architecture, variant, osVersion }: Image): ComparedSide {
  return { digest, size, madeAt, platform: { os, architecture, variant, osVersion } };
}

type LayerStep = Step & { layer: Layer };

/** In the order of the image that is newer; what was removed stands where it was. */
export function compareLayers(from: readonly Step[], to: readonly Step[]): LayerChange[] {
  const before = from.filter(hasLayer);
  const after = to.filter(hasLayer);
  const partners = partnersOf(before, after);
  const taken = new Set(partners.values());
  const changes: LayerChange[] = [];
  let next = 0;
  /** Removed layers that stood before this place. */
  const passTo = (end: number) => {
    for (; next < end; next += 1) {
      const step = before[next];
      if (step && !taken.has(next))
        changes.push({ change: "removed", instruction: step.instruction, before: step.layer, after: null });
    }
  };
  for (const [index, { layer, instruction }] of after.entries()) {
    const partner = partners.get(index);
    const old = partner === undefined ? undefined : before[partner];
    if (partner !== undefined) passTo(partner);
    const change = old === undefined ? "added" : old.layer.digest === layer.digest ? "same" : "resized";
    changes.push({ change, instruction, before: old?.layer ?? null, after: layer });
  }
  passTo(before.length);
  return changes;
}

/** For places in the newer list, those in the older: of the same layer, else of another one that the same instruction made. */
function partnersOf(before: readonly LayerStep[], after: readonly LayerStep[]): Map<number, number> {
  const partners = new Map<number, number>();
  const free = new Set(before.keys());
  for (const keyOf of [({ layer }: LayerStep) => layer.digest, ({ instruction }: LayerStep) => instruction]) {
    const places = new Map<string, number[]>();
    for (const place of free) {
      const key = before[place] && keyOf(before[place]);
      const known = key && places.get(key);
      if (known) known.push(place);
      else if (key) places.set(key, [place]);
    }
    for (const [index, step] of after.entries()) {
      const place = partners.has(index) ? undefined : places.get(keyOf(step))?.shift();
      if (place === undefined) continue;
      partners.set(index, place);
      free.delete(place);
    }
  }
  return partners;
}

function hasLayer(step: Step): step is LayerStep {
  return step.layer !== null;
}

export function compareConfigs(from: ImageConfig | null, to: ImageConfig | null): ConfigChange[] {
  const [before, after] = [settingsOf(from), settingsOf(to)];
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((field): ConfigChange[] => {
    const change = { field, before: before.get(field) ?? null, after: after.get(field) ?? null };
    return change.before === change.after ? [] : [change];
  });
}

/** Each setting by its name, as a text. What is not set is not there. */
function settingsOf(config: ImageConfig | null): Map<string, string> {
  const settings = new Map<string, string>();
  if (!config) return settings;
  const list = (name: string, texts: readonly string[]) =>
    texts.length > 0 && settings.set(name, JSON.stringify(texts));
  const text = (name: string, value: string) => value !== "" && settings.set(name, value);
  list("entrypoint", config.entrypoint);
  list("command", config.command);
  text("user", config.user);
  text("working directory", config.workingDirectory);
  text("stop signal", config.stopSignal);
  list("shell", config.shell);
  if (config.healthcheck) settings.set("healthcheck", JSON.stringify(config.healthcheck));
  for (const port of config.ports) settings.set(`port ${port}`, port);
  for (const volume of config.volumes) settings.set(`volume ${volume}`, volume);
  for (const variable of config.environment) {
    const [name = ""] = variable.split("=", 1);
    settings.set(`environment ${name}`, variable.slice(name.length + 1));
  }
  for (const [name, value] of Object.entries(config.labels)) settings.set(`label ${name}`, value);
  return settings;
}

export function comparePackages(from: readonly Package[], to: readonly Package[]): PackageChange[] {
  const [before, after] = [versionsOf(from), versionsOf(to)];
  return [...new Set([...before.keys(), ...after.keys()])].toSorted().flatMap((key): PackageChange[] => {
    const change = { before: before.get(key)?.join(", ") ?? null, after: after.get(key)?.join(", ") ?? null };
    const [name = "", type = ""] = key.split("\0");
    return change.before === change.after ? [] : [{ name, type, ...change }];
  });
}

function versionsOf(packages: readonly Package[]): Map<string, string[]> {
  const versions = new Map<string, string[]>();
  for (const { name, type, version } of packages) {
    const key = `${name}\0${type}`;
    const known = versions.get(key);
    if (!known) versions.set(key, [version]);
    else if (!known.includes(version)) known.push(version);
  }
  for (const list of versions.values()) list.sort();
  return versions;
}
