import { alternate, type Benchmark, type Measurement } from "./measurement.ts";
import { requestRate } from "./wrk.ts";

const connections = 8;
const seconds = 4;
const accept = "application/vnd.oci.image.manifest.v1+json";

/** The request that every pull begins with. The peer asks for no token at all. */
export const manifest: Benchmark = {
  name: "manifest",
  needs: ["wrk"],
  rounds: 5,
  async measure(stage) {
    const { ours, peer } = stage;
    const repository = "bench/manifest";
    for (const registry of [ours, peer]) await registry.client.pushSmallImage(repository, ["latest"]);
    const rounds = await alternate(stage, async (registry) =>
      requestRate({
        url: `${registry.base}/v2/${repository}/manifests/latest`,
        headers: { accept, ...(await registry.client.authorization(repository)) },
        connections,
        seconds,
      }),
    );
    const measurements: Measurement[] = [
      {
        name: "manifest GET by tag, 8 connections, Bearer token",
        unit: "requests/s",
        better: "more",
        ...rounds,
        wanted: { ratio: 2 },
      },
    ];
    return measurements;
  },
};
