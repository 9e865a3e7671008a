import { mkdir, readdir } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import { bootId } from "../host/boot.ts";
import { checkWish, newNetwork, type NetworkWish, predefined, withoutBridge } from "./creation.ts";
import { hostsFile, resolvConf } from "./files.ts";
import { Ground } from "./ground.ts";
import { linksOf, rangesInUse, removeLinks, removeNamespaces } from "./links.ts";
import {
  type Endpoint,
  type EndpointWish,
  isNamed,
  type Network,
  type NetworkEvent,
  type Sandbox,
} from "./network.ts";
import { withRangeLock } from "./range-lock.ts";
import { checkEndpoint, type ContainerPlan, Sandboxes } from "./sandboxes.ts";
import { NetworkStore } from "./store.ts";

export interface NetworksOptions {
  /** What outlives a reboot is kept here. */
  data: string;
  /** What a reboot takes away. */
  run: string;
  /** Six letters that names of links and rules begin with: others for each agent of a host. */
  prefix?: string;
  onEvent?: (event: NetworkEvent) => void;
  /** Told, as a sentence, of what goes wrong where nobody waits for it. */
  onComplaint?: (sentence: string) => void;
}

/** Milliseconds between two looks at whether somebody drops what passes through the host. */
const lookInterval = 30_000;

/**
 * The networks of this host's containers. What runs goes on when this ends, and the next one that is opened on the same folders takes it
 * up; what belongs to nobody is removed then.
 */
export class Networks implements AsyncDisposable {
  readonly #store: NetworkStore;
  readonly #ground: Ground;
  readonly #sandboxes: Sandboxes;
  readonly #onEvent: (event: NetworkEvent) => void;
  #looking: NodeJS.Timeout | undefined;

  private constructor(options: NetworksOptions, store: NetworkStore) {
    const { onComplaint = () => {} } = options;
    this.#store = store;
    this.#onEvent = options.onEvent ?? (() => {});
    this.#ground = new Ground(options.prefix ?? "wherry", onComplaint);
    this.#sandboxes = new Sandboxes({
      ground: this.#ground,
      store,
      folder: path.join(options.run, "netns"),
      find: (reference) => this.inspect(reference),
      onEvent: this.#onEvent,
      onComplaint,
    });
  }

  /** @throws HubError `conflict` when another process has them. */
  static async open(options: NetworksOptions): Promise<Networks> {
    await mkdir(options.data, { recursive: true, mode: 0o700 });
    await mkdir(path.join(options.run, "netns"), { recursive: true, mode: 0o700 });
    const store = new NetworkStore(path.join(options.data, "networks.db"), bootId());
    try {
      const networks = new Networks(options, store);
      await networks.#takeUp(path.join(options.run, "netns"));
      networks.#watch(options.onComplaint ?? (() => {}));
      return networks;
    } catch (error) {
      store.close();
      throw error;
    }
  }

  /** All, those first that are there without being made. */
  list(): Network[] {
    return [...this.#ground.networks.values()];
  }

  /** By its id, its name, or the beginning of its id. @throws HubError `not-found`, `invalid` for a beginning of several. */
  inspect(reference: string): Network {
    const name = reference === "default" ? "bridge" : reference;
    const all = this.list();
    const found = this.#ground.networks.get(name) ?? all.find((network) => network.name === name);
    if (found !== undefined) return found;
    const begun = /^[0-9a-f]+$/.test(name) ? all.filter(({ id }) => id.startsWith(name)) : [];
    if (begun.length > 1)
      throw new HubError(
        "invalid",
        `network ${name} is ambiguous (${begun.length} matches found based on ID prefix)`,
      );
    const [only] = begun;
    if (only === undefined) throw new HubError("not-found", `network ${reference} not found`);
    return only;
  }

  /** The containers that are on a network now. */
  attachedTo(reference: string): { sandbox: Sandbox; endpoint: Endpoint }[] {
    return this.#ground.onNetwork(this.inspect(reference).id);
  }

  /** @throws HubError `conflict`, `denied`, `invalid`, `not-found`, `unavailable` in moby's words. */
  async create(wish: NetworkWish): Promise<Network> {
    checkWish(wish);
    if (this.list().some(({ name }) => name === wish.name))
      throw new HubError("conflict", `network with name ${wish.name} already exists`);
    const network = await this.#make(wish);
    this.#onEvent({ action: "create", network });
    return network;
  }

  async #make(wish: NetworkWish): Promise<Network> {
    return withRangeLock(async () => {
      const inUse = { ranges: await rangesInUse(), ours: this.list() };
      const network = newNetwork(wish, this.#ground.prefix, inUse);
      if (this.list().some(({ name }) => name === wish.name))
        throw new HubError("conflict", `network with name ${wish.name} already exists`);
      // Known before it is there: what a kill leaves of it is found by its record.
      this.#store.putNetwork(network);
      this.#ground.networks.set(network.id, network);
      try {
        await this.#ground.lay(network);
        await this.#ground.firewall.apply();
        return network;
      } catch (error) {
        await this.#forget(network);
        throw error;
      }
    });
  }

  /** @throws HubError `not-found`; `denied` for one that is always there, or that containers are on. */
  async remove(reference: string): Promise<void> {
    const network = this.inspect(reference);
    if ((predefined as readonly string[]).includes(network.name))
      throw new HubError("denied", `${network.name} is a pre-defined network and cannot be removed`);
    const active = this.#ground.onNetwork(network.id);
    if (active.length > 0) {
      const named = active.map(
        ({ sandbox, endpoint }) => `name:"${sandbox.name}" id:"${endpoint.id.slice(0, 12)}"`,
      );
      throw new HubError(
        "denied",
        `error while removing network: network ${network.name} has active endpoints (${named.join(", ")})`,
      );
    }
    await this.#forget(network);
    this.#onEvent({ action: "destroy", network });
  }

  async #forget(network: Network): Promise<void> {
    this.#ground.networks.delete(network.id);
    await this.#ground.settled();
    await this.#ground.lift(network);
    await this.#ground.firewall.apply();
    this.#store.removeNetwork(network.id);
  }

  /** Removes networks that no container is on. @returns their names. */
  async prune(wanted: (network: Network) => boolean): Promise<string[]> {
    const removed: string[] = [];
    for (const network of this.list().filter(wanted)) {
      if ((predefined as readonly string[]).includes(network.name)) continue;
      if (this.#ground.onNetwork(network.id).length > 0) continue;
      await this.remove(network.id);
      removed.push(network.name);
    }
    return removed;
  }

  /**
   * Puts a container on its networks, before it starts. Asking again gives the same.
   *
   * @returns where it is, and what its /etc/hosts and /etc/resolv.conf say.
   * @throws HubError in moby's words for what cannot be had.
   */
  async attach(plan: ContainerPlan): Promise<{ sandbox: Sandbox; hosts: string; resolv: string }> {
    const endpoints = this.wishesOf(plan);
    const sandbox = await this.#sandboxes.attach({ ...plan, endpoints });
    return { sandbox, ...(await this.#filesOf(plan, sandbox)) };
  }

  async #filesOf(plan: ContainerPlan, { endpoints }: Sandbox): Promise<{ hosts: string; resolv: string }> {
    const on = endpoints.map((endpoint) => this.inspect(endpoint.network));
    // The first where names are answered; the default bridge answers for the host's own name servers only.
    const asked = on.find((network) => isNamed(network)) ?? on[0];
    const resolver = asked === undefined ? undefined : { address: asked.gateway, named: isNamed(asked) };
    const gateway = (on.find(({ internal }) => !internal) ?? on[0])?.gateway ?? "";
    return { hosts: hostsFile(plan, endpoints, gateway), resolv: await resolvConf(plan, resolver) };
  }

  /** Takes a container off its networks, after its end. It is no error when it is on none. */
  release(container: string): Promise<void> {
    return this.#sandboxes.release(container);
  }

  /** Where a container is that runs. */
  of(container: string): Sandbox | undefined {
    return this.#ground.sandboxes.get(container);
  }

  /** The networks that a container is to be on, by name, with what has been changed since it was made. */
  wishesOf({
    container,
    endpoints,
  }: Pick<ContainerPlan, "container" | "endpoints">): ContainerPlan["endpoints"] {
    return this.#store.wishes(container) ?? endpoints;
  }

  /**
   * Puts a container on one more network, now where it runs, else when it starts.
   *
   * @throws HubError `denied` when it is on it already; `invalid`.
   */
  async connect(reference: string, plan: ContainerPlan, wish: EndpointWish): Promise<void> {
    const network = this.inspect(reference);
    checkEndpoint(network, wish);
    const wishes = this.wishesOf(plan);
    const isOn =
      this.of(plan.container)?.endpoints.some((endpoint) => endpoint.network === network.id) ??
      this.#keyOf(wishes, network) !== undefined;
    if (isOn)
      throw new HubError(
        "denied",
        `endpoint with name ${plan.name} already exists in network ${network.name}`,
      );
    await this.#sandboxes.connect(plan.container, network, wish);
    this.#store.putWishes(plan.container, { ...wishes, [network.name]: wish });
  }

  /** @throws HubError `denied` when it is not on it. */
  async disconnect(
    reference: string,
    plan: Pick<ContainerPlan, "container" | "name" | "endpoints">,
  ): Promise<void> {
    const network = this.inspect(reference);
    const wishes = this.wishesOf(plan);
    const key = this.#keyOf(wishes, network);
    if (key === undefined)
      throw new HubError("denied", `container ${plan.container} is not connected to network ${network.name}`);
    await this.#sandboxes.disconnect(plan.container, network);
    const left = Object.entries(wishes).filter(([name]) => name !== key);
    this.#store.putWishes(plan.container, Object.fromEntries(left));
  }

  /** Under which name a network is wished for: its own, or its id. */
  #keyOf(wishes: ContainerPlan["endpoints"], network: Network): string | undefined {
    return Object.keys(wishes).find((name) => {
      try {
        return this.inspect(name) === network;
      } catch {
        return false;
      }
    });
  }

  rename(container: string, name: string): void {
    this.#sandboxes.rename(container, name);
  }

  /** A container is gone for good. */
  async forget(container: string): Promise<void> {
    await this.release(container);
    this.#store.removeWishes(container);
  }

  /** Forgets all containers but these: what a kill has left of others. */
  async keepOnly(containers: ReadonlySet<string>): Promise<void> {
    for (const container of this.#ground.sandboxes.keys())
      if (!containers.has(container)) await this.release(container);
    this.#store.keepWishes(containers);
    this.#sandboxes.fillPool();
  }

  async #takeUp(folder: string): Promise<void> {
    const ground = this.#ground;
    for (const network of this.#store.networks()) ground.networks.set(network.id, network);
    for (const name of ["host", "none"] as const)
      if (!this.list().some((network) => network.name === name)) {
        const network = withoutBridge(name);
        this.#store.putNetwork(network);
        ground.networks.set(network.id, network);
      }
    const sandboxes = this.#store.sandboxes();
    const links = new Set([
      ...this.list().map(({ bridge }) => bridge),
      ...sandboxes.flatMap(({ endpoints }) => endpoints.map(({ link }) => link)),
    ]);
    const namespaces = new Set(sandboxes.map(({ namespace }) => namespace));
    const found = await linksOf(ground.prefix);
    await removeLinks(found.filter((link) => !links.has(link)));
    const files = (await readdir(folder)).map((file) => path.join(folder, file));
    await removeNamespaces(files.filter((file) => !namespaces.has(file)));
    for (const network of this.list()) if (network.driver === "bridge") await ground.lay(network);
    if (!this.list().some(({ name }) => name === "bridge")) await this.#make({ name: "bridge" });
    await this.#sandboxes.adopt(sandboxes);
    await ground.firewall.passOthers();
    await ground.firewall.apply();
  }

  #watch(complain: (sentence: string) => void): void {
    this.#looking = setInterval(() => {
      this.#ground.firewall.passOthers().catch((error: unknown) => complain(String(error)));
    }, lookInterval);
    this.#looking.unref();
  }

  /** Ends the work for containers that run: they go on. Where none runs, nothing stays on the host. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#looking);
    await this.#sandboxes.end();
    await this.#ground.settled();
    await this.#ground.hush();
    if (this.#ground.sandboxes.size === 0) {
      await removeLinks(this.list().flatMap(({ bridge }) => (bridge === "" ? [] : [bridge])));
      await this.#ground.firewall.clear();
    }
    this.#store.close();
  }
}
