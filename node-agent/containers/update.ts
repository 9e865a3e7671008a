import type { Container } from "./container.ts";
import { parseUpdateBody } from "./create-body.ts";
import { blockDevice } from "./host.ts";
import { checkRestartPolicy } from "./restart-policy.ts";
import { resourcesOf } from "./spec/resources.ts";
import type { World } from "./world.ts";

/** Changes limits and the restart policy, of what the body says; the rest stays. @throws HubError `invalid`. */
export function update(world: World, container: Container, body: unknown): Promise<void> {
  return container.inTurn(async () => {
    const { config } = container.record;
    const asked = parseUpdateBody(body);
    const said = Object.entries(asked).filter(
      ([name, value]) =>
        !isUnsaid(value) && name !== "RestartPolicy" && !(name === "MemorySwappiness" && value === -1),
    );
    const HostConfig = {
      ...config.HostConfig,
      ...(Object.fromEntries(said) as Partial<typeof config.HostConfig>),
    };
    if (asked.RestartPolicy.Name !== "") HostConfig.RestartPolicy = asked.RestartPolicy;
    checkRestartPolicy(HostConfig.RestartPolicy, HostConfig.AutoRemove);
    const resources = resourcesOf(HostConfig, world.host, blockDevice);
    if (container.runs && said.length > 0) await world.runtime.update(container.id, resources);
    container.change({ config: { ...config, HostConfig } });
    world.emit(container, "update");
  });
}

const isUnsaid = (value: unknown) =>
  value === 0 || value === "" || value === false || (Array.isArray(value) && value.length === 0);
