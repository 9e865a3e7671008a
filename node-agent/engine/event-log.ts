import type { ContainerEvent } from "../containers/index.ts";
import type { NetworkEvent } from "../networks/index.ts";

/** An event as Docker's clients know it. */
export interface EngineEvent {
  Type: "container" | "image" | "network" | "volume";
  Action: string;
  Actor: { ID: string; Attributes: Readonly<Record<string, string>> };
  scope: "local";
  /** Seconds since 1970. */
  time: number;
  timeNano: number;
  /** Of containers and images, once more, as old clients know them. */
  status?: string;
  id?: string;
  from?: string;
}

type ImageAction = "pull" | "push" | "tag" | "untag" | "delete" | "import" | "load" | "save";

/** How many are kept for clients that ask for the past. */
const kept = 1024;

/** What has happened lately, and who wants to be told of what happens now. */
export class EventLog {
  readonly #events: EngineEvent[] = [];
  readonly #listeners = new Set<(event: EngineEvent) => void>();

  past(): readonly EngineEvent[] {
    return this.#events;
  }

  /** @returns what ends it. */
  listen(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  ofContainer(event: ContainerEvent): void {
    const { action, id, name, image, labels, attributes, at } = event;
    const Attributes = { ...labels, ...attributes, image, name };
    this.#add(
      { Type: "container", Action: action, Actor: { ID: id, Attributes }, ...legacy(action, id, image) },
      at,
    );
  }

  ofVolume(action: "create" | "destroy", name: string, at: number): void {
    this.#add({ Type: "volume", Action: action, Actor: { ID: name, Attributes: { driver: "local" } } }, at);
  }

  ofImage(
    action: ImageAction,
    id: string,
    name: string,
    labels: Readonly<Record<string, string>> = {},
  ): void {
    const Actor = { ID: id, Attributes: { ...labels, name } };
    this.#add({ Type: "image", Action: action, Actor, ...legacy(action, id) }, Date.now());
  }

  ofNetwork({ action, network, container }: NetworkEvent): void {
    const { id, name, driver } = network;
    const Attributes = { name, type: driver, ...(container === undefined ? {} : { container }) };
    this.#add({ Type: "network", Action: action, Actor: { ID: id, Attributes } }, Date.now());
  }

  #add(event: Omit<EngineEvent, "scope" | "time" | "timeNano">, at: number): void {
    const whole: EngineEvent = {
      ...event,
      scope: "local",
      time: Math.floor(at / 1000),
      // More digits than a number has: clients read it as an integer all the same.
      timeNano: at * 1_000_000,
    };
    this.#events.push(whole);
    if (this.#events.length > kept) this.#events.shift();
    for (const listener of this.#listeners) listener(whole);
  }
}

function legacy(status: string, id: string, from?: string) {
  return { status, id, ...(from === undefined ? {} : { from }) };
}
