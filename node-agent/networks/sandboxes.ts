import { randomBytes } from "node:crypto";
import path from "node:path";
import { isIPv4, isIPv6 } from "node:net";
import { HubError } from "#shared/errors";
import { type NamePlan } from "./files.ts";
import type { Ground } from "./ground.ts";
import { fasten, type Joining, joinNamespace, makeNamespace, removeLinks, routeNamespace } from "./links.ts";
import {
  type Endpoint,
  type EndpointWish,
  isNamed,
  type Network,
  type NetworkEvent,
  type Sandbox,
} from "./network.ts";
import { Pool, type Ready } from "./pool.ts";
import { type PortBindings, portWishes } from "./port-wishes.ts";
import { Publishing } from "./publishing.ts";
import type { NetworkStore } from "./store.ts";

/** What a container says of its network. */
export interface ContainerPlan extends NamePlan {
  /** The container's id. */
  container: string;
  name: string;
  /** The networks it wants, by name; the first has the way out. */
  endpoints: Readonly<Record<string, EndpointWish>>;
  portBindings: PortBindings;
  /** Ports that it says it serves, as `80/tcp`. */
  exposed: readonly string[];
  publishAll: boolean;
}

interface Surroundings {
  ground: Ground;
  store: NetworkStore;
  /** Where the files lie that hold namespaces. */
  folder: string;
  find: (reference: string) => Network;
  onEvent: (event: NetworkEvent) => void;
  onComplaint: (sentence: string) => void;
}

/** The networks of containers that run. */
export class Sandboxes {
  readonly #around: Surroundings;
  readonly #publishing = new Publishing();
  readonly #pool: Pool;
  /** One change after the other for each container. */
  readonly #turns = new Map<string, Promise<unknown>>();

  constructor(around: Surroundings) {
    this.#around = around;
    this.#pool = new Pool((count) => this.#makeReady(count), around.onComplaint);
  }

  /**
   * Puts a container on its networks. Asking again gives the same.
   *
   * @throws HubError `not-found` for a network, `unavailable` for a port that is taken, `invalid` or `denied` for an address.
   */
  attach(plan: ContainerPlan): Promise<Sandbox> {
    return this.#inTurn(plan.container, async () => {
      const { ground, store, onEvent } = this.#around;
      const before = ground.sandboxes.get(plan.container);
      if (before !== undefined) return before;
      const wishes = this.#wishesOf(plan);
      for (const { network, wish } of wishes) checkEndpoint(network, wish);
      const { ready, joined } = await this.#endpointsOf(wishes);
      const endpoints = joined.map(({ endpoint }) => endpoint);
      const namespace = ready?.namespace ?? this.#newNamespace();
      try {
        const target = ground.publisherOf(endpoints);
        const asked = portWishes(plan.portBindings, plan.exposed, plan.publishAll);
        const ports =
          target === undefined || asked.length === 0
            ? []
            : await this.#publishing.publish(
                { id: plan.container, name: plan.name },
                target,
                withBinding(asked, joined),
              );
        const { container, name, hostname, dns } = plan;
        const sandbox: Sandbox = { container, name, hostname, namespace, endpoints, ports, dns };
        store.putSandbox(sandbox);
        ground.sandboxes.set(container, sandbox);
        const late = joined.filter(({ endpoint }) => endpoint !== ready?.endpoint);
        await Promise.all([
          ready === undefined ? makeNamespace(namespace, joined, target) : undefined,
          late.length > 0 || ports.length > 0 ? ground.firewall.apply() : undefined,
        ]);
        if (ready !== undefined) for (const one of late) await joinNamespace(namespace, one, false);
        for (const { network } of joined) onEvent({ action: "connect", network, container });
        return sandbox;
      } catch (error) {
        await this.#give(plan.container, endpoints, namespace);
        throw error;
      }
    });
  }

  /** Takes a container off its networks. It is no error when it is on none. */
  release(container: string): Promise<void> {
    return this.#inTurn(container, async () => {
      const { ground, onEvent } = this.#around;
      const sandbox = ground.sandboxes.get(container);
      if (sandbox === undefined) return;
      await this.#give(container, sandbox.endpoints, sandbox.namespace);
      for (const { network: id } of sandbox.endpoints) {
        const network = ground.networks.get(id);
        if (network !== undefined) onEvent({ action: "disconnect", network, container });
      }
    });
  }

  /** By network: one may be named twice, by its name and by its id. */
  #wishesOf(plan: ContainerPlan): { network: Network; wish: EndpointWish }[] {
    const found = new Map<Network, EndpointWish>();
    for (const [name, wish] of Object.entries(plan.endpoints)) {
      const network = this.#around.find(name);
      found.set(network, { ...found.get(network), ...wish });
    }
    return [...found].map(([network, wish]) => ({ network, wish }));
  }

  async #give(container: string, endpoints: readonly Endpoint[], namespace: string): Promise<void> {
    const { ground, store } = this.#around;
    ground.sandboxes.delete(container);
    store.removeSandbox(container);
    await this.#publishing.release(container);
    ground.discard(endpoints, [namespace]);
  }

  /** Puts a container that runs on one more network. It is nothing to do for one that does not run. */
  connect(container: string, network: Network, wish: EndpointWish): Promise<void> {
    return this.#inTurn(container, async () => {
      const { ground, onEvent } = this.#around;
      const sandbox = ground.sandboxes.get(container);
      if (sandbox === undefined) return;
      const taken = new Set(sandbox.endpoints.map((endpoint) => endpoint.interface));
      let index = 0;
      while (taken.has(`eth${index}`)) index += 1;
      const endpoint = await ground.newEndpoint(network, `eth${index}`, wish, aliasesOf(network, wish));
      try {
        const isDefault = !network.internal && ground.publisherOf(sandbox.endpoints) === undefined;
        await Promise.all([
          joinNamespace(sandbox.namespace, ground.joining(network, endpoint), isDefault),
          ground.firewall.apply(),
        ]);
      } catch (error) {
        ground.discard([endpoint], []);
        throw error;
      }
      this.#change({ ...sandbox, endpoints: [...sandbox.endpoints, endpoint] });
      onEvent({ action: "connect", network, container });
    });
  }

  /** Takes a container that runs off a network. */
  disconnect(container: string, network: Network): Promise<void> {
    return this.#inTurn(container, async () => {
      const { ground, onEvent, onComplaint } = this.#around;
      const sandbox = ground.sandboxes.get(container);
      const endpoint = sandbox?.endpoints.find(({ network: id }) => id === network.id);
      if (sandbox === undefined || endpoint === undefined) return;
      const endpoints = sandbox.endpoints.filter((one) => one !== endpoint);
      const [before, after] = [ground.publisherOf(sandbox.endpoints), ground.publisherOf(endpoints)];
      await removeLinks([endpoint.link]);
      ground.discard([endpoint], []);
      this.#change({ ...sandbox, endpoints, ports: after === undefined ? [] : sandbox.ports });
      if (before === endpoint) {
        await this.#publishing.release(container);
        if (after !== undefined) {
          await routeNamespace(sandbox.namespace, after);
          for (const complaint of await this.#publishing.adopt(container, after, sandbox.ports))
            onComplaint(complaint);
        }
      }
      await ground.firewall.apply();
      onEvent({ action: "disconnect", network, container });
    });
  }

  rename(container: string, name: string): void {
    const sandbox = this.#around.ground.sandboxes.get(container);
    if (sandbox !== undefined) this.#change({ ...sandbox, name });
  }

  #change(sandbox: Sandbox): void {
    this.#around.store.putSandbox(sandbox);
    this.#around.ground.sandboxes.set(sandbox.container, sandbox);
  }

  /** Takes up those that were there before: their bridges may be new ones. */
  async adopt(sandboxes: readonly Sandbox[]): Promise<void> {
    const { ground, onComplaint } = this.#around;
    const ends: { link: string; network: Network }[] = [];
    for (const sandbox of sandboxes) {
      ground.sandboxes.set(sandbox.container, sandbox);
      for (const endpoint of sandbox.endpoints) {
        ground.adopt(endpoint);
        const network = ground.networks.get(endpoint.network);
        if (network !== undefined) ends.push({ link: endpoint.link, network });
      }
      const target = ground.publisherOf(sandbox.endpoints);
      if (target === undefined) continue;
      for (const complaint of await this.#publishing.adopt(sandbox.container, target, sandbox.ports))
        onComplaint(`container ${sandbox.name}: ${complaint}`);
    }
    // What has ended meanwhile has no link any more.
    await fasten(ends, true).catch(() => {});
  }

  /** From now on namespaces are kept ready. */
  fillPool(): void {
    this.#pool.fillSoon();
  }

  /** Ends the work for containers; they go on. What waits for nobody goes. */
  async end(): Promise<void> {
    await Promise.allSettled(this.#turns.values());
    const left = await this.#pool.drain();
    this.#around.ground.discard(
      left.map(({ endpoint }) => endpoint),
      left.map(({ namespace }) => namespace),
    );
    await this.#publishing[Symbol.asyncDispose]();
  }

  #newNamespace(): string {
    return path.join(this.#around.folder, randomBytes(8).toString("hex"));
  }

  async #makeReady(count: number): Promise<Ready[]> {
    const { ground, find } = this.#around;
    const network = find("bridge");
    const made: Ready[] = [];
    for (let turn = 0; turn < count; turn++) {
      const endpoint = await ground.newEndpoint(network, "eth0", {}, []);
      made.push({ namespace: this.#newNamespace(), endpoint });
    }
    try {
      await ground.firewall.apply();
      for (const { namespace, endpoint } of made)
        await makeNamespace(
          namespace,
          [ground.joining(network, endpoint)],
          network.internal ? undefined : endpoint,
        );
      return made;
    } catch (error) {
      ground.discard(
        made.map(({ endpoint }) => endpoint),
        made.map(({ namespace }) => namespace),
      );
      throw error;
    }
  }

  /** Endpoints for all that it wants; of the default bridge one that is ready, where any will do. */
  async #endpointsOf(wishes: readonly { network: Network; wish: EndpointWish }[]) {
    const { ground } = this.#around;
    const joined: Joining[] = [];
    let ready: Ready | undefined;
    try {
      for (const [index, { network, wish }] of wishes.entries()) {
        if (index === 0 && network.name === "bridge" && !wish.mac && !wish.address6)
          ready = this.#pool.take();
        const endpoint =
          index === 0 && ready !== undefined
            ? ready.endpoint
            : await ground.newEndpoint(network, `eth${index}`, wish, aliasesOf(network, wish));
        joined.push(ground.joining(network, endpoint));
      }
      return { ready, joined };
    } catch (error) {
      ground.discard(
        joined.map(({ endpoint }) => endpoint),
        ready === undefined ? [] : [ready.namespace],
      );
      throw error;
    }
  }

  async #inTurn<T>(container: string, work: () => Promise<T>): Promise<T> {
    const turn = (this.#turns.get(container) ?? Promise.resolve()).then(work, work);
    this.#turns.set(container, turn);
    try {
      return await turn;
    } finally {
      if (this.#turns.get(container) === turn) this.#turns.delete(container);
    }
  }
}

const aliasesOf = (network: Network, { aliases = [] }: EndpointWish) =>
  isNamed(network) ? [...new Set(aliases)] : [];

/** A network may say which of the host's addresses its ports are published on. */
function withBinding(asked: ReturnType<typeof portWishes>, joined: readonly { network: Network }[]) {
  const address = joined[0]?.network.options["com.docker.network.bridge.host_binding_ipv4"];
  return address === undefined
    ? asked
    : asked.map((wish) => (wish.hostAddress === "" ? { ...wish, hostAddress: address } : wish));
}

/** @throws HubError `invalid` in moby's words for what this network cannot give. */
export function checkEndpoint(
  network: Network,
  { aliases = [], address, address6, mac }: EndpointWish,
): void {
  const invalid = (message: string) => new HubError("invalid", message);
  if (network.driver !== "bridge")
    throw new HubError(
      "denied",
      network.driver === "host"
        ? "container cannot be connected to host network"
        : "container cannot be connected to multiple networks with one of the networks in private (none) mode",
    );
  if (address !== undefined && !isIPv4(address)) throw invalid(`invalid IPv4 address: ${address}`);
  if (address6 !== undefined && !isIPv6(address6)) throw invalid(`invalid IPv6 address: ${address6}`);
  // The lowest bit of the first byte is for addresses of many.
  if (mac !== undefined && !/^[0-9a-f][02468ace](?::[0-9a-f]{2}){5}$/i.test(mac))
    throw invalid(`invalid MAC address: ${mac}`);
  if (!isNamed(network)) {
    if (address !== undefined || address6 !== undefined)
      throw invalid("user specified IP address is supported on user defined networks only");
    if (aliases.length > 0)
      throw invalid("network-scoped alias is supported only for containers in user defined networks");
  }
  if (address !== undefined && !network.ownSubnet)
    throw invalid(
      "user specified IP address is supported only when connecting to networks with user configured subnets",
    );
}
