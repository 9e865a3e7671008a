import { comparisonEndpoints } from "./comparison-endpoints.ts";
import { imageEndpoints } from "./image-endpoints.ts";

export type { Attachment, Finding, Package, Severity } from "./attachment.ts";
export { readReferrer } from "./attachments.ts";
export { originOf, type Base, type Origin } from "./bases.ts";
export type { ComparedSide, Comparison, ConfigChange, LayerChange, PackageChange } from "./compare.ts";
export { compareImages } from "./comparison.ts";
export type { DescribedImage, ImagesContext } from "./context.ts";
export type { Carried, Healthcheck, HoldLayer, ImageConfig, Layer, Platform } from "./facts.ts";
export { readImage, type Image, type ImageView } from "./images.ts";
export { platformName, type PlatformImage } from "./platforms.ts";
export { listReferrersOf, type ReferrerRow } from "./referrers.ts";
export { searchFacts, type SearchFacts } from "./search-facts.ts";
export type { Step } from "./steps.ts";
export { glance, type Glimpse } from "./glimpses.ts";
export { countTags, listTags, tagSorts, type TagImage, type TagSort } from "./tags.ts";
export { countUsedBy, listUsedBy, type UsingRepository } from "./used-by.ts";
export { describeWaiting } from "./waiting.ts";

/** The JSON API of this domain. */
export const imagesEndpoints = [...imageEndpoints, ...comparisonEndpoints];
