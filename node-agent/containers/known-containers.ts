import path from "node:path";
import { HubError } from "#shared/errors";
import { Container } from "./container.ts";
import { checkName, inventName } from "./names.ts";
import type { ContainerRecord, ContainerStore } from "./store.ts";

/** The containers that there are, and how people name them. */
export class KnownContainers {
  readonly #store: ContainerStore;
  readonly #folder: string;
  readonly #containers = new Map<string, Container>();

  /** @param folder each has a folder in it, named by its id. */
  constructor(store: ContainerStore, folder: string) {
    this.#store = store;
    this.#folder = folder;
  }

  all(): Container[] {
    return [...this.#containers.values()];
  }

  byId(id: string): Container | undefined {
    return this.#containers.get(id);
  }

  /** It can be found from now on; its record is the caller's to keep. */
  add(record: ContainerRecord): Container {
    const container = new Container(this.#store, record, path.join(this.#folder, record.id));
    this.#containers.set(record.id, container);
    return container;
  }

  forget({ id }: Container): void {
    this.#containers.delete(id);
    this.#store.remove(id);
  }

  /** By its id, its name, or the beginning of its id. @throws HubError `not-found`, `invalid` for a beginning of several. */
  find(reference: string): Container {
    const name = reference.replace(/^\//, "");
    const all = this.all();
    const found = this.#containers.get(name) ?? all.find(({ record }) => record.name === name);
    if (found !== undefined) return found;
    const begun = /^[0-9a-f]+$/.test(name) ? all.filter(({ id }) => id.startsWith(name)) : [];
    if (begun.length > 1) throw new HubError("invalid", `Multiple IDs found with provided prefix: ${name}`);
    const [only] = begun;
    if (only === undefined) throw new HubError("not-found", `No such container: ${reference}`);
    return only;
  }

  /** The name that is asked for, or one that is invented. @throws HubError `invalid`; `conflict` when another has it. */
  freeName(asked: string | undefined): string {
    const names = new Set(this.all().map(({ record }) => record.name));
    if (asked === undefined || asked === "") return inventName(names);
    const name = checkName(asked);
    if (!names.has(name)) return name;
    throw new HubError(
      "conflict",
      `Conflict. The container name "/${name}" is already in use by container "${this.find(name).id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
  }
}
