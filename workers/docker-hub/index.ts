export { dockerHubRoutes } from "./routes.ts";
