export { Containers } from "./containers.ts";
