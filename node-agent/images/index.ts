export { ImageStore } from "./image-store.ts";
