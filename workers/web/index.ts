export { answerError, pageUnknown, readsPages } from "./error-page.tsx";
export { webRoutes } from "./routes.ts";
