import { randomBytes } from "node:crypto";
import { mkdir } from "node:fs/promises";
import { parseCreateBody } from "./create-body.ts";
import { checkConfig } from "./create-checks.ts";
import { blockDevice } from "./host.ts";
import { withImageDefaults } from "./image-defaults.ts";
import type { KnownContainers } from "./known-containers.ts";
import { removeNow } from "./lifecycle.ts";
import { logLimits } from "./logs.ts";
import { planMounts } from "./mount-plan.ts";
import { checkRestartPolicy } from "./restart-policy.ts";
import { resourcesOf } from "./spec/resources.ts";
import { initialState } from "./state.ts";
import type { ContainerRecord, ContainerStore } from "./store.ts";
import type { World } from "./world.ts";

export interface CreateWish {
  /** Invented where it is not given. */
  name?: string | undefined;
  /** What the root file systems know the image by. */
  image: string;
  /** The `config` of the image's configuration. */
  imageConfig?: unknown;
  /** Docker's create body. */
  body: unknown;
}

/** Makes a container that runs nothing yet. @throws HubError `invalid`, `unsupported`; `conflict` for a name that is taken. */
export async function create(
  world: World,
  known: KnownContainers,
  store: ContainerStore,
  { name, image, imageConfig, body }: CreateWish,
): Promise<ContainerRecord> {
  const id = randomBytes(32).toString("hex");
  const config = withImageDefaults(parseCreateBody(body), imageConfig);
  const { HostConfig } = config;
  checkConfig(config, world.host);
  checkRestartPolicy(HostConfig.RestartPolicy, HostConfig.AutoRemove);
  logLimits(HostConfig.LogConfig);
  resourcesOf(HostConfig, world.host, blockDevice);
  if (config.Hostname === "" && HostConfig.UTSMode !== "host") config.Hostname = id.slice(0, 12);
  const record: ContainerRecord = {
    id,
    name: known.freeName(name),
    image,
    config,
    mounts: planMounts(known, id, config),
    createdAt: Date.now(),
    state: initialState,
    health: undefined,
    dropsVolumes: false,
  };
  const container = known.add(record);
  return container.inTurn(async () => {
    try {
      // What no record names is removed when the agent comes up: the folder may come first.
      await mkdir(container.logFolder, { recursive: true, mode: 0o700 });
      // From here on its layers stay, and as it can be found, its volumes too.
      world.rootfs.hold(image, container.folder);
      store.put(record);
      await world.volumes.provide(record.mounts);
    } catch (error) {
      container.change({ dropsVolumes: true });
      await removeNow(world, container, { silent: true });
      throw error;
    }
    world.emit(container, "create");
    return record;
  });
}
