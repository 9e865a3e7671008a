import { Hono } from "hono";
import { HubError } from "../shared/errors.ts";
import { answerPage } from "./answer-page.ts";
import { answerAsset, assets } from "./assets.ts";
import { compress } from "./compress.ts";
import { robotsText, siteMap, siteMapPart } from "./crawlers.ts";
import { answerError } from "./error-page.tsx";
import type { WebServices } from "./page.ts";
import { pages } from "./pages/index.ts";

/**
 * The pages, from `/`.
 *
 * @param resolve what the bindings of this environment were made into.
 */
export function webRoutes(resolve: (env: never) => WebServices): Hono {
  const routes = new Hono();
  routes.get("/assets/*", (c) => {
    const answer = answerAsset(c.req.path);
    if (!answer)
      throw new HubError("not-found", `there is no file ${c.req.path.slice(0, 200)}; load the page again`);
    return compress(c.req.raw, answer);
  });
  routes.get("/favicon.ico", (c) => c.redirect(assets.sign.path, 302));
  routes.get("/robots.txt", (c) => robotsText(resolve(c.env as never), c.req.raw));
  routes.get("/sitemap.xml", (c) => siteMap(resolve(c.env as never), c.req.raw));
  routes.get("/sitemaps/:part", (c) => siteMapPart(resolve(c.env as never), c.req.raw, c.req.param("part")));
  for (const page of pages) {
    routes.on(["GET", "POST"], page.path, async (c) => {
      const { raw } = c.req;
      const params = c.req.param() as Record<string, string>;
      return compress(raw, await answerPage(page, resolve(c.env as never), raw, params));
    });
    routes.all(page.path, (c) => {
      throw new HubError(
        "unsupported",
        `a page is read by GET and its forms are sent by POST, not by ${c.req.method}`,
      );
    });
  }
  routes.onError((error, c) => answerError(() => resolve(c.env as never), error, c.req.raw));
  return routes;
}
