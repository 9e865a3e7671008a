import { networkOf } from "../platform/client-address.ts";
import type { Pull } from "../registry/index.ts";

/** Who pulls, as far as pulls are told apart. In words, for nobody to keep: what is kept is a keyed hash of them (pull-ledger.ts). */
export interface PullingClient {
  name: string;
  /** Clients that one party may have any number of: so many of them count in a day, and all the others as one. */
  crowd: { name: string; most: number } | undefined;
}

/** As many as there are IPv4 addresses in a /24: a provider gives a /48 as easily as that. */
const mostInNetwork = 256;

/** What somebody says of themselves costs nothing to change. */
const mostAgents = 100;

/** Robots of one owner, who makes as many as they like. */
const mostMachines = 100;

/** No client needs more to be told from others. */
const maximumAgent = 300;

/**
 * The client of a request. Whoever is signed in is one, wherever they are; the machines of one owner are a crowd; then the address decides, as far as it is known; and without
 * one all that is left is what the client calls itself.
 *
 * @param agent User-Agent, "" for none
 */
export function pullingClient(
  { subject, account = "" }: Pick<Pull, "subject" | "account">,
  address: string | undefined,
  agent: string,
): PullingClient {
  if (subject.startsWith("token:"))
    return {
      name: subject,
      crowd: { name: `machines of ${account.split("+", 1)[0]}`, most: mostMachines },
    };
  if (subject !== "anonymous") return { name: subject, crowd: undefined };
  if (address === undefined)
    return { name: `agent ${agent.slice(0, maximumAgent)}`, crowd: { name: "agents", most: mostAgents } };
  const network = networkOf(address);
  const wider = /^((?:[0-9a-f]+:){3})/.exec(network)?.[1];
  return {
    name: `address ${network}`,
    crowd: wider === undefined ? undefined : { name: `network ${wider}`, most: mostInNetwork },
  };
}
