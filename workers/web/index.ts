export { pageUnknown, readsPages, renderErrorPage } from "./error-page.tsx";
export { webRoutes } from "./routes.ts";
