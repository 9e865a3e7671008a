import type { Import } from "./source-files.ts";

/**
 * Who may import whom. A row may import what it lists, and its own folder. Dependencies point one way; what goes against it travels as
 * an event. An area that is not listed may import nothing but itself, so a new folder starts with a decision here.
 */
const foundation = ["workers/shared", "workers/platform", "workers/db"];
const belowRegistry = [...foundation, "workers/audit", "workers/auth"];
const belowOrganizations = [...belowRegistry, "workers/accounts", "workers/registry"];
const belowHub = [...belowOrganizations, "workers/organizations", "workers/images"];
const belowFleet = [...belowHub, "workers/hub"];
const belowWeb = [...belowFleet, "workers/search", "workers/webhooks", "workers/fleet", "workers/builds"];
const agentAreas = ["images", "networks", "volumes", "router", "runtime", "containers", "builder"];

const table: Readonly<Record<string, readonly string[]>> = {
  "workers/shared": [],
  "workers/platform": ["workers/shared"],
  "workers/db": ["workers/shared"],
  "workers/audit": foundation,
  "workers/auth": [...foundation, "workers/audit"],
  // Puts the JSON API together from the endpoints that each domain declares.
  "workers/api": belowRegistry,
  "workers/accounts": belowRegistry,
  "workers/registry": belowRegistry,
  "workers/organizations": belowOrganizations,
  "workers/images": [...belowRegistry, "workers/registry"],
  "workers/hub": belowHub,
  "workers/search": belowFleet,
  "workers/docker-hub": [...belowFleet, "workers/search"],
  "workers/webhooks": belowFleet,
  "workers/fleet": belowFleet,
  "workers/builds": [...belowFleet, "workers/fleet"],
  "workers/web": belowWeb,
  // The bindings: names the classes of the Durable Objects, as types.
  "workers/env": belowWeb,
  // app, services, queue, schedule, index: put everything together.
  workers: [...belowWeb, "workers/docker-hub", "workers/web", "workers/api", "workers/env"],
  "node-agent/host": ["workers/shared"],
  "node-agent/runtime": ["workers/shared", "node-agent/host"],
  ...Object.fromEntries(
    ["images", "networks", "volumes", "router"].map((area) => [
      `node-agent/${area}`,
      ["workers/shared", "node-agent/host"],
    ]),
  ),
  "node-agent/containers": [
    "workers/shared",
    ...["images", "networks", "volumes", "runtime", "host"].map((area) => `node-agent/${area}`),
  ],
  "node-agent/builder": ["workers/shared", "node-agent/images", "node-agent/containers"],
  "node-agent/engine": [
    "workers/shared",
    ...agentAreas.map((area) => `node-agent/${area}`),
    "node-agent/host",
  ],
  "node-agent/fleet": [
    "workers/shared",
    ...agentAreas.map((area) => `node-agent/${area}`),
    "node-agent/host",
  ],
  "node-agent/cli": ["workers/shared", "node-agent/host", "node-agent/config", "node-agent/engine"],
  // The embedded server: starts workerd.
  "node-agent/serve": ["workers/shared", "node-agent/host", "node-agent/config"],
  "node-agent/config": ["workers/shared", "node-agent/host"],
  // main, daemon: put everything together.
  "node-agent": [
    "workers/shared",
    ...[...agentAreas, "engine", "fleet", "cli", "serve", "host", "config"].map(
      (area) => `node-agent/${area}`,
    ),
  ],
};

/** Areas whose files are their doors: small things without state, each its own. */
const open = new Set([
  "workers/shared",
  "workers/platform",
  "workers/env",
  "node-agent/host",
  "node-agent/config",
]);

/** Doors besides `index.ts`. */
const doors = new Map([["node-agent/cli", "node-agent/engine/types.ts"]]);

/** Packages that `workers/shared` may use: it runs in workerd, in Node and in the agent's single file. */
const sharedPackages = ["zod"];

/** The part of the house a file belongs to: `workers/auth`, `node-agent`, `test`; undefined for a package. */
export function areaOf(file: string): string | undefined {
  const [top = "", second = "", third] = file.split("/");
  if (top === "test" || top === "bench") return top;
  if (top !== "workers" && top !== "node-agent") return undefined;
  if (third !== undefined) return `${top}/${second}`;
  return second === "env.ts" || second === "config.ts" ? `${top}/${second.replace(".ts", "")}` : top;
}

/** What is wrong with an import, as a sentence, or undefined. */
export function objection({ from, to, typeOnly }: Import): string | undefined {
  const [source, target] = [areaOf(from), areaOf(to)];
  if (source === undefined || source === "test" || source === "bench" || source === target) return undefined;
  if (target === undefined) {
    const foreign = source === "workers/shared" && !sharedPackages.includes(to);
    return foreign
      ? `${from} imports ${to}: workers/shared may use ${sharedPackages.join(", ")} and nothing else.`
      : undefined;
  }
  if (target === "workers/env" && from.endsWith("-object.ts") && typeOnly) return undefined;
  if (source === "workers/env" && typeOnly && to.endsWith("-object.ts")) return undefined;
  if (!(table[source] ?? []).includes(target))
    return `${from} imports ${to}: ${source} may not import ${target}.`;
  const door = doors.get(source) ?? `${target}/index.ts`;
  if (!open.has(target) && to !== door) return `${from} imports ${to}: ${target} is entered through ${door}.`;
  return undefined;
}
