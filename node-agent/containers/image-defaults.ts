import { HubError } from "#shared/errors";
import { parseCreateBody, type ContainerConfig } from "./create-body.ts";

/**
 * A container's configuration where what it does not say comes from its image (OCI image-spec, "config"): variables and labels one by
 * one, the command as a whole. An entrypoint of one's own also drops the image's arguments.
 *
 * @param image the `config` object of the image's configuration, not yet checked.
 * @throws HubError `invalid` when neither says what to run.
 */
export function withImageDefaults(config: ContainerConfig, image: unknown): ContainerConfig {
  const { User, Env, Cmd, Entrypoint, ...base } = parseCreateBody(image ?? {});
  const merged: ContainerConfig = {
    ...config,
    User: config.User || User,
    Env: [...Env.filter((entry) => !has(config.Env, nameOf(entry))), ...config.Env],
    WorkingDir: config.WorkingDir || base.WorkingDir,
    StopSignal: config.StopSignal || base.StopSignal,
    StopTimeout: config.StopTimeout ?? base.StopTimeout,
    Labels: { ...base.Labels, ...config.Labels },
    ExposedPorts: { ...base.ExposedPorts, ...config.ExposedPorts },
    Volumes: { ...base.Volumes, ...config.Volumes },
    // Test: [] is "as the image says", with one's own times.
    Healthcheck: config.Healthcheck?.Test.length
      ? config.Healthcheck
      : base.Healthcheck && { ...base.Healthcheck, ...said(config.Healthcheck) },
    Entrypoint: config.Entrypoint ?? Entrypoint,
    Cmd: config.Cmd ?? (config.Entrypoint === undefined ? Cmd : undefined),
  };
  if (!merged.Entrypoint?.some(Boolean) && !merged.Cmd?.length)
    throw new HubError("invalid", "no command specified");
  return merged;
}

const nameOf = (entry: string) => entry.split("=", 1)[0] ?? "";
const has = (entries: readonly string[], name: string) => entries.some((entry) => nameOf(entry) === name);

/** The fields that are not empty. */
function said<T extends object>(value: T | undefined): Partial<T> {
  const entries = Object.entries(value ?? {}).filter(
    ([, field]) => field !== 0 && (field as []).length !== 0,
  );
  return Object.fromEntries(entries) as Partial<T>;
}
