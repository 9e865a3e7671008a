import type { Runtime } from "../runtime/index.ts";
import type { Container } from "./container.ts";
import type { ContainerEvent } from "./events.ts";
import type { HostFacts } from "./spec/host-facts.ts";
import type { Volumes } from "../volumes/index.ts";
import type { NetworkSource, RootfsSource } from "./surroundings.ts";

/** What containers need of all that is around them. */
export interface World {
  runtime: Runtime;
  rootfs: RootfsSource;
  network: NetworkSource;
  volumes: Volumes;
  host: HostFacts;
  /** Another container, by its name or id. @throws HubError `not-found`. */
  find(reference: string): Container;
  /** It is gone: nobody finds it any more. */
  forget(container: Container): void;
  emit(container: Container, action: ContainerEvent["action"], attributes?: Record<string, string>): void;
  /** Told of what goes wrong where nobody waits for it. */
  complain(sentence: string): void;
  /** Aborts when the agent ends: containers go on. */
  signal: AbortSignal;
}
