import { Server } from "../test/support/server.ts";
import { fillLargeOrganization } from "./large-organization.ts";
import type { Benchmark } from "./measurement.ts";
import { requestRate } from "./wrk.ts";

const connections = 8;
const seconds = 4;

/** What every pull and push of a signed-in client begins with, for a member of 50 teams, beside the same without an account. */
export const token: Benchmark = {
  name: "token",
  needs: ["wrk"],
  rounds: 5,
  async measure({ rounds, cleanup }) {
    const server = cleanup.use(await Server.start());
    const { user, accessToken, repository } = await fillLargeOrganization(server);
    const url = `${server.url}/token?service=${server.host}&scope=repository:${repository}:pull`;
    const authorization = `Basic ${Buffer.from(`${user}:${accessToken}`).toString("base64")}`;
    const ours: number[] = [];
    const peer: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      ours.push(await requestRate({ url, headers: { authorization }, connections, seconds }));
      peer.push(await requestRate({ url, headers: {}, connections, seconds }));
    }
    return [
      {
        name: "/token for a member of 50 teams, 10,000 repositories, 1,000 members",
        unit: "requests/s",
        better: "more",
        ours,
        peer,
        peerName: "anonymous",
        wanted: { ratio: 0.5 },
      },
    ];
  },
};
