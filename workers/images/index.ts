export type { DescribedImage, ImagesContext } from "./context.ts";
export type { Carried, Healthcheck, HoldLayer, ImageConfig, Layer, Platform } from "./facts.ts";
export { readImage, type Image, type ImageView } from "./images.ts";
export { platformName, type PlatformImage } from "./platforms.ts";
export { listReferrersOf, type ReferrerRow } from "./referrers.ts";
export type { Step } from "./steps.ts";
export { countTags, listTags, tagSorts, type TagImage, type TagSort } from "./tags.ts";
export { describeWaiting } from "./waiting.ts";
