import { env } from "cloudflare:workers";
import type { User } from "../../../workers/auth/index.ts";
import { Database } from "../../../workers/db/index.ts";
import { R2Store } from "../../../workers/platform/r2-store.ts";
import { createRegistry, type RegistryContext } from "../../../workers/registry/index.ts";
import { deleteRepository } from "../../../workers/registry/repositories.ts";

/** Signed in to the browser: may do everything. */
const administrator: User = {
  kind: "user",
  id: "an-administrator",
  name: "admin",
  administrator: true,
  emailVerified: true,
  twoFactor: true,
  token: undefined,
  address: undefined,
};

/** The registry's noun files over the test bindings, with a clock that runs ahead of the real one as far as a test says. */
export class RegistryWorld {
  readonly context: RegistryContext;
  #ahead = 0;

  /** @param grace how long a blob that no manifest names is kept, in milliseconds */
  constructor({ grace }: { grace: number }) {
    this.context = createRegistry({
      db: new Database(env.DB),
      blobs: new R2Store(env.BLOBS),
      clock: { now: () => Date.now() + this.#ahead },
      uploads: env.UPLOADS,
      repositories: env.REPOSITORIES,
      grace,
    });
  }

  advance(milliseconds: number): void {
    this.#ahead += milliseconds;
  }

  async deleteRepository(name: string): Promise<void> {
    await deleteRepository(this.context, administrator, name);
  }
}
