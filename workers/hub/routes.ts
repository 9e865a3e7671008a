import { Hono } from "hono";
import type { HubContext } from "./context.ts";
import { fetchImage, imagePathPrefix } from "./readme-images.ts";

/** What the hub gives that is neither a page nor JSON: images of READMEs. */
export function hubRoutes(resolve: (env: never) => { hub: HubContext }): Hono {
  const routes = new Hono();
  routes.get(`${imagePathPrefix}:signature`, async (c) => {
    const { hub } = resolve(c.env as never);
    return fetchImage(hub, { signature: c.req.param("signature"), url: c.req.query("url") ?? "" });
  });
  return routes;
}
