import path from "node:path";
import { HubError } from "#shared/errors";
import type { Image, ImageStore } from "../images/index.ts";
import { allows, allowsLabels, filterFlag, type Filters } from "./filters.ts";
import { createdSeconds, labelsOf } from "./image-document.ts";

/** What a list of images can be narrowed by. */
export const imageFilterNames = [
  "dangling",
  "label",
  "label!",
  "reference",
  "before",
  "since",
  "until",
] as const;

/** Of a list narrowed by `reference`, the names that match; of any other, all. */
export function namesShown(
  filters: Filters,
  { tags, digests }: Image,
): { tags: string[]; digests: string[] } {
  const shown = (name: string) => allows(filters, "reference", (pattern) => matches(name, pattern));
  return { tags: tags.filter(shown), digests: digests.filter(shown) };
}

/** A test of images. @throws HubError `not-found` for an image in `before` or `since` that is not there, `invalid`. */
export function imageTest(filters: Filters, images: ImageStore): (image: Image) => boolean {
  const dangling = filterFlag(filters, "dangling");
  const moments = (name: string) =>
    (filters.get(name) ?? []).map((reference) => createdSeconds(images.inspect(reference)));
  const [before, since] = [moments("before"), moments("since")];
  const until = (filters.get("until") ?? []).map((text) => untilSeconds(text, Date.now()));
  return (image) => {
    const created = createdSeconds(image);
    const { tags, digests } = namesShown(filters, image);
    return (
      (dangling === undefined || dangling === (image.tags.length === 0)) &&
      (!filters.has("reference") || tags.length + digests.length > 0) &&
      allowsLabels(filters, labelsOf(image)) &&
      lacksLabels(filters, labelsOf(image)) &&
      before.every((moment) => created < moment) &&
      since.every((moment) => created > moment) &&
      until.every((moment) => created < moment)
    );
  };
}

/** `label!=key` and `label!=key=value`: none of them. */
function lacksLabels(filters: Filters, labels: Readonly<Record<string, string>>): boolean {
  return (filters.get("label!") ?? []).every((unwanted) => {
    const at = unwanted.indexOf("=");
    if (at < 0) return !(unwanted in labels);
    return labels[unwanted.slice(0, at)] !== unwanted.slice(at + 1);
  });
}

/** The whole name, or the repository alone. As in a shell, `*` stands for no slash. */
function matches(name: string, pattern: string): boolean {
  const end = name.includes("@") ? name.indexOf("@") : name.lastIndexOf(":");
  return [name, name.slice(0, end)].some((each) => path.matchesGlob(each, pattern));
}

const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600 };

/** A moment as `until` has it: seconds since 1970, a date, or how long ago (`24h`, `1h30m`). @throws HubError `invalid`. */
function untilSeconds(text: string, now: number): number {
  if (/^\d{1,12}(\.\d{1,9})?$/.test(text)) return Number(text);
  if (/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) {
    const parts = text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g);
    return (
      now / 1000 - parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0), 0)
    );
  }
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed))
    throw new HubError("invalid", `invalid value for "until": ${text.slice(0, 50)} is no time`);
  return parsed / 1000;
}
