export { dropOldAnswers } from "./kept-answers.ts";
export { apiRoutes } from "./routes.ts";
