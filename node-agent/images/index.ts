export { applyChanges } from "./changes.ts";
export { type DiskShare, usualShare } from "./disk-share.ts";
export { parseImageName, familiarRepository } from "./image-name.ts";
export { ImageStore } from "./image-store.ts";
export type { LayerProgress } from "./layer-store.ts";
export type { Image } from "./lookup.ts";
export { parsePlatform } from "./platform.ts";
export type { PushProgress } from "./push.ts";
export { type Credential, credentialFromHeader } from "./registry/credential.ts";
