import { isIPv6 } from "node:net";
import { HubError } from "#shared/errors";
import { codeOf } from "../host/files.ts";
import { HeldPort } from "./held-port.ts";
import type { Endpoint, PublishedPort } from "./network.ts";
import type { PortWish } from "./port-wishes.ts";

interface Held {
  port: PublishedPort;
  hold: HeldPort;
}

/** How often a free port is looked for where IPv4 and IPv6 must have the same. */
const tries = 20;

/** The ports of the host that are published, each held by a socket of ours. */
export class Publishing implements AsyncDisposable {
  readonly #held = new Map<string, Held[]>();

  /**
   * Takes ports of the host for a container.
   *
   * @returns what it got. @throws HubError `unavailable` in moby's words when a port is taken; then none is held.
   */
  async publish(
    container: { id: string; name: string },
    endpoint: Endpoint,
    wishes: readonly PortWish[],
  ): Promise<PublishedPort[]> {
    const held: Held[] = [];
    this.#held.set(container.id, held);
    try {
      for (const wish of wishes) held.push(...(await this.#hold(wish, endpoint)));
    } catch (error) {
      await this.release(container.id);
      if (!(error instanceof HubError)) throw error;
      throw new HubError(
        error.kind,
        `driver failed programming external connectivity on endpoint ${container.name} (${endpoint.id}): ${error.message}`,
      );
    }
    return held.map(({ port }) => port);
  }

  /** Takes the same ports again, after the agent was away. @returns sentences about those that another program has by now. */
  async adopt(container: string, endpoint: Endpoint, ports: readonly PublishedPort[]): Promise<string[]> {
    const held: Held[] = [];
    const complaints: string[] = [];
    this.#held.set(container, held);
    for (const port of ports)
      try {
        held.push(await open(port, endpoint));
      } catch (error) {
        complaints.push(
          `port ${port.hostPort} of ${port.hostAddress} is not held any more: ${String(error)}`,
        );
      }
    return complaints;
  }

  async release(container: string): Promise<void> {
    const held = this.#held.get(container) ?? [];
    this.#held.delete(container);
    for (const { hold } of held) await hold[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const container of this.#held.keys()) await this.release(container);
  }

  async #hold(
    { protocol, containerPort, hostAddress, hostPorts }: PortWish,
    endpoint: Endpoint,
  ): Promise<Held[]> {
    const [first, last] = hostPorts;
    const addresses = hostAddress === "" ? ["0.0.0.0", "::"] : [hostAddress];
    const candidates =
      first === 0
        ? Array.from({ length: tries }, () => 0)
        : Array.from({ length: last - first + 1 }, (_, i) => first + i);
    let failure: unknown;
    for (const candidate of candidates) {
      const held: Held[] = [];
      try {
        for (const address of addresses) {
          const hostPort = held[0]?.port.hostPort ?? candidate;
          const port = { protocol, containerPort, hostAddress: address, hostPort };
          const one = await open(port, endpoint).catch((error: unknown) => {
            // A host without IPv6 publishes without it, where nobody has asked for it.
            if (hostAddress === "" && address === "::" && codeOf(error) !== "EADDRINUSE") return undefined;
            throw error;
          });
          if (one !== undefined) held.push(one);
        }
        return held;
      } catch (error) {
        for (const { hold } of held) await hold[Symbol.asyncDispose]();
        failure = error;
        if (codeOf(error) !== "EADDRINUSE") break;
      }
    }
    throw this.#refusal(
      failure,
      { protocol, containerPort, hostAddress: addresses[0] ?? "", hostPort: first },
      endpoint,
    );
  }

  #refusal(error: unknown, port: PublishedPort, endpoint: Endpoint): HubError {
    const { protocol, containerPort, hostAddress, hostPort } = port;
    const place = `${isIPv6(hostAddress) ? `[${hostAddress}]` : hostAddress}:${hostPort}`;
    const ours = [...this.#held.values()]
      .flat()
      .some(({ port: other }) => other.protocol === protocol && other.hostPort === hostPort);
    if (codeOf(error) === "EADDRINUSE" && ours)
      return new HubError("unavailable", `Bind for ${place} failed: port is already allocated`);
    const reasons: Readonly<Record<string, string>> = {
      EADDRINUSE: "address already in use",
      EADDRNOTAVAIL: "cannot assign requested address",
      EACCES: "permission denied",
    };
    return new HubError(
      "unavailable",
      `failed to bind host port for ${place}:${endpoint.address}:${containerPort}/${protocol}: ${reasons[codeOf(error) ?? ""] ?? String(error)}`,
      { cause: error },
    );
  }
}

async function open(port: PublishedPort, endpoint: Endpoint): Promise<Held> {
  const { protocol, hostAddress, hostPort, containerPort } = port;
  const target = { address: endpoint.address, port: containerPort };
  const hold = await HeldPort.open(protocol, hostAddress, hostPort, target);
  return { port: { ...port, hostPort: hold.hostPort }, hold };
}
