import { HubError } from "#shared/errors";
import type { Network } from "./network.ts";
import { addressOf, contains, numberOf, rangeOf, sizeOf } from "./ranges.ts";

/**
 * Gives the addresses of one network. It goes round: an address that was given back is not given again before all the others, so that
 * who still holds it from before finds nobody rather than somebody else.
 */
export class Addresses {
  readonly #network: Network;
  readonly #taken = new Set<number>();
  #next: number;

  constructor(network: Network) {
    this.#network = network;
    const subnet = rangeOf(network.subnet);
    // The first and the last of a subnet are no host's.
    this.#taken.add(subnet.first).add(subnet.first + sizeOf(subnet.bits) - 1);
    this.#taken.add(numberOf(network.gateway));
    for (const address of Object.values(network.reserved)) this.#taken.add(numberOf(address));
    this.#next = rangeOf(network.range ?? network.subnet).first;
  }

  /** @throws HubError `unavailable` when all are taken. */
  take(): string {
    const { first, bits } = rangeOf(this.#network.range ?? this.#network.subnet);
    const size = sizeOf(bits);
    for (let tried = 0; tried < size; tried++) {
      const address = this.#next;
      this.#next = first + ((address - first + 1) % size);
      if (this.#taken.has(address)) continue;
      this.#taken.add(address);
      return addressOf(address);
    }
    throw new HubError(
      "unavailable",
      `no available IPv4 addresses on this network's address pools: ${this.#network.name} (${this.#network.id})`,
    );
  }

  /** Takes one that somebody asks for. @throws HubError `denied` when another has it, `invalid` when it is of another network. */
  claim(address: string): string {
    if (!contains(rangeOf(this.#network.subnet), numberOf(address)))
      throw new HubError(
        "invalid",
        `invalid endpoint settings:\nno configured subnet contains IP address ${address}`,
      );
    if (this.#taken.has(numberOf(address))) throw new HubError("denied", "Address already in use");
    this.#taken.add(numberOf(address));
    return address;
  }

  free(address: string): void {
    this.#taken.delete(numberOf(address));
  }
}
