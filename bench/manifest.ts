import { alternate, type Benchmark } from "./measurement.ts";
import type { Registry } from "./registries.ts";
import { requestRate } from "./wrk.ts";

const connections = 8;
const seconds = 4;
const accept = "application/vnd.oci.image.manifest.v1+json";
const closed = "bench/private";
const open = "bench/public";

/** The request that every pull begins with: with a token for a private repository, and without one for a public one. */
export const manifest: Benchmark = {
  name: "manifest",
  needs: ["wrk"],
  rounds: 5,
  async measure(stage) {
    for (const { client } of [stage.ours, stage.peer])
      for (const repository of [closed, open]) await client.pushSmallImage(repository, ["latest"]);
    // The peer knows no private ones, and asks for no token.
    if (stage.ours.credential) await stage.ours.client.makePublic(open);

    const rate = (registry: Registry, repository: string, authorization: Record<string, string>) =>
      requestRate({
        url: `${registry.base}/v2/${repository}/manifests/latest`,
        headers: { accept, ...authorization },
        connections,
        seconds,
      });
    const rounds = await alternate(stage, async (registry) => ({
      token: await rate(registry, closed, await registry.client.authorization(closed)),
      anonymous: await rate(registry, open, {}),
    }));
    const rates = (key: "token" | "anonymous") => ({
      unit: "requests/s",
      better: "more" as const,
      ours: rounds.ours.map((found) => found[key]),
      peer: rounds.peer.map((found) => found[key]),
      wanted: { ratio: 2 },
    });
    return [
      { name: "manifest GET by tag, 8 connections, private with token", ...rates("token") },
      { name: "manifest GET by tag, 8 connections, public without", ...rates("anonymous") },
    ];
  },
};
