import { type Call, type Route, sendJson } from "./call.ts";

const areas = ["swarm", "nodes", "services", "tasks", "secrets", "configs"];

/** What only a swarm has. There is none: Docker's words for that, which its command shows. */
export const swarmRoutes: readonly Route[] = areas.flatMap((area) =>
  (["GET", "POST", "DELETE"] as const).flatMap((method): Route[] => [
    { method, path: `/${area}`, handle: refuse },
    { method, path: `/${area}/*rest`, handle: refuse },
  ]),
);

function refuse({ request, response }: Call): void {
  const leaves = /\/swarm\/leave(?:\?|$)/.test(request.url ?? "");
  const message = leaves
    ? "This node is not part of a swarm"
    : 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.';
  sendJson(response, { message }, 503);
}
