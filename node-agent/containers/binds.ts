import { mkdir, stat } from "node:fs/promises";
import path from "node:path";
import { HubError } from "#shared/errors";
import type { HostConfig } from "./create-body.ts";
import type { BoundPath } from "./spec/mounts.ts";

/** `-v source:place:options`, read. A source that is no path names a volume. */
interface Bind {
  source: string;
  destination: string;
  readOnly: boolean;
  propagation: string;
  noCopy: boolean;
}

/** @throws HubError `invalid`. */
function parseBind(text: string): Bind {
  const [source = "", destination = "", options = "", ...rest] = text.split(":");
  if (source === "" || destination === "" || rest.length > 0)
    throw new HubError("invalid", `invalid volume specification: '${text}'`);
  const bind: Bind = { source, destination, readOnly: false, propagation: "", noCopy: false };
  for (const option of options.split(",").filter(Boolean)) {
    if (option === "ro" || option === "rw") bind.readOnly = option === "ro";
    else if (/^r?(?:private|shared|slave)$/.test(option)) bind.propagation = option;
    else if (option === "nocopy") bind.noCopy = true;
    // Labels of SELinux, and consistency on other systems: nothing to do here.
    else if (!["z", "Z", "copy", "cached", "delegated", "consistent"].includes(option))
      throw new HubError("invalid", `invalid mode: ${option} of '${text}'`);
  }
  return bind;
}

/**
 * The host's own folders and files that a container sees. `-v` makes a folder that is not there, `--mount` wants it to be, both as Docker.
 *
 * @throws HubError `invalid`; `unsupported` for a volume by name, which is for who knows volumes.
 */
export async function hostBinds(hostConfig: HostConfig): Promise<BoundPath[]> {
  const found: BoundPath[] = [];
  for (const text of hostConfig.Binds) {
    const bind = parseBind(text);
    if (!path.isAbsolute(bind.source)) throw noVolumes(bind.source);
    if (!(await exists(bind.source))) await mkdir(bind.source, { recursive: true });
    found.push({ ...bind, nonRecursive: false });
  }
  for (const mount of hostConfig.Mounts) {
    if (mount.Type === "tmpfs") continue;
    if (mount.Type !== "bind") throw noVolumes(mount.Source);
    if (!(await exists(mount.Source)))
      throw new HubError(
        "invalid",
        `invalid mount config for type "bind": bind source path does not exist: ${mount.Source}`,
      );
    found.push({
      source: mount.Source,
      destination: mount.Target,
      readOnly: mount.ReadOnly,
      propagation: mount.BindOptions?.Propagation ?? "",
      nonRecursive: mount.BindOptions?.NonRecursive ?? false,
    });
  }
  return found;
}

const noVolumes = (name: string) =>
  new HubError("unsupported", `there is no volume "${name}": give a folder of the host by its absolute path`);

const exists = (item: string) =>
  stat(item).then(
    () => true,
    () => false,
  );
