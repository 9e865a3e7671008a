import { createServer, type IncomingMessage, type Server, ServerResponse } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Call, Route } from "./call.ts";
import { containerStreamRoutes } from "./container-streams.ts";
import { containerRoutes } from "./containers.ts";
import { execRoutes } from "./exec.ts";
import { sendFailure, statusOf } from "./failure.ts";
import { setVersionHeaders } from "./headers.ts";
import { diskUseRoutes } from "./disk-use.ts";
import { distributionRoutes } from "./distribution.ts";
import { imageArchiveRoutes } from "./image-archives.ts";
import { imageRemovalRoutes } from "./image-removal.ts";
import { imageRoutes } from "./images.ts";
import { networkRoutes } from "./networks.ts";
import { Router } from "./router.ts";
import type { Services } from "./services.ts";
import { swarmRoutes } from "./swarm.ts";
import { systemRoutes } from "./system.ts";
import { volumeRoutes } from "./volumes.ts";

const routes: readonly Route[] = [
  ...networkRoutes,
  ...systemRoutes,
  ...containerRoutes,
  ...containerStreamRoutes,
  ...execRoutes,
  ...distributionRoutes,
  ...imageArchiveRoutes,
  ...imageRoutes,
  ...imageRemovalRoutes,
  ...diskUseRoutes,
  ...swarmRoutes,
  ...volumeRoutes,
];

/** Docker's remote API. */
export function makeServer(services: Services): Server {
  const router = new Router(routes);
  const server = createServer({
    maxHeaderSize: 64 * 1024,
    // Bodies may come for as long as somebody types.
    requestTimeout: 0,
    // Whoever asks for another protocol on any other path is answered in this one.
    shouldUpgradeCallback: (request) => /\/(?:attach|start)(?:\?|$)/.test(request.url ?? ""),
  });
  // Clients keep connections, and take an answer for lost when one is closed under them.
  server.keepAliveTimeout = 0;

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    upgrade: Call["upgrade"],
  ): Promise<void> {
    setVersionHeaders(response);
    try {
      const [path = "", ...query] = (request.url ?? "").split("?");
      const { route, parameters, version } = router.find(request.method ?? "", path);
      await route.handle({
        services,
        request,
        response,
        parameters,
        query: new URLSearchParams(query.join("?")),
        version,
        upgrade: route.upgrades ? upgrade : undefined,
      });
    } catch (error) {
      if (statusOf(error) >= 500 && !services.stop.aborted)
        services.complain(`${request.method} ${request.url}: ${String(error)}`);
      if (upgrade !== undefined && response.socket === null) upgrade.socket.destroy();
      else sendFailure(response, error);
    }
    // What the client has sent and nobody has read would stand before its next request.
    if (!request.readableEnded && upgrade === undefined) request.resume();
  }

  server.on("request", (request, response) => void answer(request, response, undefined));
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", () => {});
    const response = new ServerResponse(request);
    response.shouldKeepAlive = false;
    try {
      if (socket instanceof Socket) response.assignSocket(socket);
    } catch {
      // Sent behind a request that is not answered yet: the connection cannot be given away under that.
      socket.destroy();
      return;
    }
    response.once("finish", () => socket.end());
    void answer(request, response, { socket, head });
  });
  return server;
}
