export type { DescribedImage, ImagesContext } from "./context.ts";
export type {
  Carried,
  Child,
  Facts,
  Healthcheck,
  HistoryEntry,
  HoldLayer,
  ImageConfig,
  Layer,
  Platform,
} from "./facts.ts";
export { describeWaiting } from "./waiting.ts";
