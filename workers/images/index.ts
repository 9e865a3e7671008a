import { comparisonEndpoints } from "./comparison-endpoints.ts";
import { imageEndpoints } from "./image-endpoints.ts";

export type { Attachment, Finding, Package, Severity } from "./attachment.ts";
export { readReferrer } from "./attachments.ts";
export { originOf, type Base, type Origin } from "./bases.ts";
export type { ComparedSide, Comparison, LayerChange } from "./compare.ts";
export { compareImages } from "./comparison.ts";
export { documentPlaces, type DescribedImage, type ImagesContext } from "./context.ts";
export type { Carried, HoldLayer, ImageConfig } from "./facts.ts";
export { readImage, type Image, type ImageView } from "./images.ts";
export type { PlatformImage } from "./platforms.ts";
export { listReferrersOf, type ReferrerRow } from "./referrers.ts";
export { searchFacts } from "./search-facts.ts";
export type { Step } from "./steps.ts";
export { glance, type Glimpse } from "./glimpses.ts";
export { countTags, listTags, tagSorts, type TagImage, type TagSort } from "./tags.ts";
export { countUsedBy, listUsedBy } from "./used-by.ts";
export { describeWaiting } from "./waiting.ts";

/** The JSON API of this domain. */
export const imagesEndpoints = [...imageEndpoints, ...comparisonEndpoints];
