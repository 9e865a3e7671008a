export { parseImageName, familiarRepository } from "./image-name.ts";
export { type Image, ImageStore } from "./image-store.ts";
export type { LayerProgress } from "./layer-store.ts";
export { parsePlatform } from "./platform.ts";
export { credentialFromHeader } from "./registry/credential.ts";
