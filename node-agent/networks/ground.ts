import { randomBytes } from "node:crypto";
import { isIPv6 } from "node:net";
import { HubError } from "#shared/errors";
import { Addresses } from "./addresses.ts";
import { contains6, number6, range6Of, text6 } from "./addresses6.ts";
import { Resolver, type View } from "./dns/resolver.ts";
import { hostServers } from "./files.ts";
import { Firewall } from "./firewall.ts";
import { type Joining, macOf, makeBridge, removeLinks, removeNamespaces } from "./links.ts";
import {
  type Endpoint,
  type EndpointWish,
  isNamed,
  type Network,
  type PublishedPort,
  type Sandbox,
} from "./network.ts";
import { numberOf, rangeOf } from "./ranges.ts";

/** Milliseconds in which what is to go is gathered, so that many go at once. */
const gathering = 100;

/** What is laid on this host: bridges with who answers for names on them, ends of links, addresses, and the rules for all of them. */
export class Ground {
  readonly prefix: string;
  readonly firewall: Firewall;
  readonly networks = new Map<string, Network>();
  readonly sandboxes = new Map<string, Sandbox>();
  readonly #complain: (sentence: string) => void;
  readonly #addresses = new Map<string, Addresses>();
  readonly #mtus = new Map<string, number>();
  readonly #resolvers = new Map<string, Resolver>();
  /** The endpoints whose links are there, or are being made, by the links' names. */
  readonly #laid = new Map<string, Endpoint>();
  #going: { endpoints: Endpoint[]; namespaces: string[] } = { endpoints: [], namespaces: [] };
  #timer: NodeJS.Timeout | undefined;
  #clearing: Promise<void> = Promise.resolve();

  constructor(prefix: string, complain: (sentence: string) => void) {
    this.prefix = prefix;
    this.#complain = complain;
    this.firewall = new Firewall(prefix, () => this.#state());
  }

  /** Makes a network's bridge, or mends it, and answers for names on it. The rules are for the caller to apply. */
  async lay(network: Network): Promise<void> {
    this.#mtus.set(network.id, await makeBridge(network));
    this.#addresses.set(network.id, this.#addresses.get(network.id) ?? new Addresses(network));
    if (!this.#resolvers.has(network.id))
      this.#resolvers.set(
        network.id,
        await Resolver.open(network.gateway, (address) => this.#viewOf(network.id, address)),
      );
  }

  /** What a namespace needs to join a network with an endpoint. */
  joining(network: Network, endpoint: Endpoint): Joining {
    return { network, endpoint, mtu: this.#mtus.get(network.id) ?? 1500 };
  }

  /** Takes a bridge away. */
  async lift({ id, bridge }: Network): Promise<void> {
    await this.#resolvers.get(id)?.[Symbol.asyncDispose]();
    this.#resolvers.delete(id);
    this.#addresses.delete(id);
    await removeLinks([bridge]);
  }

  /** Ends the answers for names; everything else stays. */
  async hush(): Promise<void> {
    for (const resolver of this.#resolvers.values()) await resolver[Symbol.asyncDispose]();
    this.#resolvers.clear();
  }

  /** An endpoint with an address of its own, for a link that is to be made. @throws HubError as `Addresses` does. */
  async newEndpoint(
    network: Network,
    name: string,
    wish: EndpointWish,
    aliases: readonly string[],
  ): Promise<Endpoint> {
    const addresses = this.#addressesOf(network);
    // Who had the address may just be going.
    if (wish.address !== undefined) await this.settled();
    const address = wish.address === undefined ? addresses.take() : addresses.claim(wish.address);
    try {
      const { bits: prefix } = rangeOf(network.subnet);
      const endpoint: Endpoint = {
        id: randomBytes(32).toString("hex"),
        network: network.id,
        interface: name,
        link: `${this.prefix}_${randomBytes(4).toString("hex")}`,
        address,
        prefix,
        gateway: network.internal ? "" : network.gateway,
        ...this.#sixOf(network, wish, address),
        mac: wish.mac ?? macOf(address),
        aliases,
        wish,
      };
      this.#laid.set(endpoint.link, endpoint);
      return endpoint;
    } catch (error) {
      addresses.free(address);
      throw error;
    }
  }

  /** Takes up an endpoint that was laid before. */
  adopt(endpoint: Endpoint): void {
    const network = this.networks.get(endpoint.network);
    if (network !== undefined) this.#addressesOf(network).claim(endpoint.address);
    this.#laid.set(endpoint.link, endpoint);
  }

  #addressesOf(network: Network): Addresses {
    const found = this.#addresses.get(network.id) ?? new Addresses(network);
    this.#addresses.set(network.id, found);
    return found;
  }

  #sixOf(
    { subnet, subnet6, gateway6, internal }: Network,
    { address6: asked }: EndpointWish,
    address: string,
  ) {
    if (subnet6 === undefined || gateway6 === undefined) return {};
    const range = range6Of(subnet6);
    // The place in the other subnet says the place in this one: nobody else has it.
    const own = text6(range.first + BigInt(numberOf(address) - rangeOf(subnet).first));
    const address6 = asked ?? own;
    if (!isIPv6(address6) || !contains6(range, number6(address6)))
      throw new HubError(
        "invalid",
        `invalid endpoint settings:\nno configured subnet contains IP address ${address6}`,
      );
    const text = text6(number6(address6));
    if (text === gateway6 || [...this.#laid.values()].some((other) => other.address6 === text))
      throw new HubError("denied", "Address already in use");
    return { address6: text, prefix6: range.bits, ...(internal ? {} : { gateway6 }) };
  }

  /** Has links and namespaces taken away, a moment later and many at once. Their addresses are given again only then. */
  discard(endpoints: readonly Endpoint[], namespaces: readonly string[]): void {
    this.#going.endpoints.push(...endpoints);
    this.#going.namespaces.push(...namespaces);
    this.#timer ??= setTimeout(() => this.#clearAway(), gathering);
  }

  /** Resolves when all that was discarded is gone. */
  async settled(): Promise<void> {
    if (this.#timer !== undefined) this.#clearAway();
    await this.#clearing;
  }

  #clearAway(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { endpoints, namespaces } = this.#going;
    this.#going = { endpoints: [], namespaces: [] };
    this.#clearing = this.#clear(this.#clearing, endpoints, namespaces);
  }

  async #clear(
    before: Promise<void>,
    endpoints: readonly Endpoint[],
    namespaces: readonly string[],
  ): Promise<void> {
    await before;
    try {
      await removeLinks(endpoints.map(({ link }) => link));
      await removeNamespaces(namespaces);
      for (const { link, network, address } of endpoints) {
        this.#laid.delete(link);
        this.#addresses.get(network)?.free(address);
      }
      await this.firewall.apply();
    } catch (error) {
      this.#complain(`the network of a container is not wholly cleared away: ${String(error)}`);
    }
  }

  /** The endpoint that published ports lead to: the first that the world reaches. */
  publisherOf(endpoints: readonly Endpoint[]): Endpoint | undefined {
    return endpoints.find(({ network }) => this.networks.get(network)?.internal === false);
  }

  #state() {
    const bridges = [...this.networks.values()].filter(({ driver }) => driver === "bridge");
    const { sandboxes } = this;
    return {
      bridges: bridges.map(({ id, bridge, subnet, subnet6, internal, gateway, options }) => {
        const port = this.#resolvers.get(id)?.port;
        return {
          link: bridge,
          subnet,
          subnet6,
          internal,
          masquerade: options["com.docker.network.bridge.enable_ip_masquerade"] !== "false",
          resolver: port === undefined ? undefined : { gateway, port },
        };
      }),
      endpoints: [...this.#laid.values()],
      ports: [...sandboxes.values()].flatMap(({ endpoints, ports }) => {
        const target = this.publisherOf(endpoints);
        return target === undefined ? [] : ports.flatMap((port) => ruleOf(port, target));
      }),
    };
  }

  /** What the container at an address of a network may know. */
  #viewOf(network: string, address: string): View | undefined {
    const asker = [...this.sandboxes.values()].find(({ endpoints }) =>
      endpoints.some((endpoint) => endpoint.network === network && endpoint.address === address),
    );
    if (asker === undefined) return undefined;
    const own = asker.endpoints.flatMap(({ network: id }) => this.networks.get(id) ?? []).filter(isNamed);
    const neighbours = own.flatMap((shared) =>
      this.onNetwork(shared.id).map((found) => ({ ...found, suffix: `.${shared.name.toLowerCase()}` })),
    );
    return {
      addressesOf: (name) => {
        const found = neighbours.filter(({ sandbox, endpoint, suffix }) => {
          const names = namesOf(sandbox, endpoint).map((one) => one.toLowerCase());
          return (
            names.includes(name) || (name.endsWith(suffix) && names.includes(name.slice(0, -suffix.length)))
          );
        });
        if (found.length === 0) return undefined;
        return found.flatMap(({ endpoint: { address: four, address6 } }) => [
          four,
          ...(address6 === undefined ? [] : [address6]),
        ]);
      },
      nameOf: (wanted) => {
        const found = neighbours.find(({ endpoint }) => endpoint.address === wanted);
        return found === undefined ? undefined : `${found.sandbox.name}${found.suffix}`;
      },
      // One that cannot reach the world does not reach it by questions either.
      servers: async () => {
        if (this.publisherOf(asker.endpoints) === undefined) return [];
        return asker.dns.length > 0 ? asker.dns : hostServers();
      },
    };
  }

  onNetwork(id: string): { sandbox: Sandbox; endpoint: Endpoint }[] {
    return [...this.sandboxes.values()].flatMap((sandbox) =>
      sandbox.endpoints.flatMap((endpoint) => (endpoint.network === id ? [{ sandbox, endpoint }] : [])),
    );
  }
}

/** What a container is called on a network. */
function namesOf({ name, container, hostname }: Sandbox, { aliases }: Endpoint): string[] {
  return [name, container.slice(0, 12), ...(hostname === "" ? [] : [hostname]), ...aliases];
}

/** A container without IPv6 is reached over it through the socket that holds the port. */
function ruleOf(
  { protocol, containerPort, hostAddress, hostPort }: PublishedPort,
  { address, address6 }: Endpoint,
) {
  const target = isIPv6(hostAddress) ? address6 : address;
  return target === undefined
    ? []
    : [{ protocol, hostAddress, hostPort, address: target, port: containerPort }];
}
