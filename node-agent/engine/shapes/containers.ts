import type { ContainerRecord } from "../../containers/index.ts";
import type { Networks } from "../../networks/index.ts";
import { duration, rfc3339 } from "../times.ts";
import { hostConfigDetail } from "./host-config.ts";
import { mountPoints } from "./mounts.ts";
import { endpointShapes, networkSettings, portLines } from "./network-settings.ts";

/** What `GET /containers/{id}/json` says. @param placeOf where a volume lies on the host. */
export function containerDetail(
  record: ContainerRecord,
  networks: Networks,
  placeOf: (volume: string) => string,
) {
  const { id, name, image, config, createdAt, state, health } = record;
  const { HostConfig, ...ofContainer } = config;
  const [first = "", ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const { status } = state;
  return {
    Id: id,
    Created: rfc3339(createdAt),
    Path: first,
    Args: args,
    State: {
      Status: status,
      Running: status === "running" || status === "paused" || status === "restarting",
      Paused: status === "paused",
      Restarting: status === "restarting",
      OOMKilled: state.oomKilled,
      Dead: status === "dead",
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: rfc3339(state.startedAt),
      FinishedAt: rfc3339(state.finishedAt),
      ...(health === undefined
        ? {}
        : {
            Health: {
              Status: health.status,
              FailingStreak: health.failing,
              Log: health.log.map(({ start, end, exitCode, output }) => ({
                Start: rfc3339(start),
                End: rfc3339(end),
                ExitCode: exitCode,
                Output: output,
              })),
            },
          }),
    },
    Image: image,
    ResolvConfPath: "",
    HostnamePath: "",
    HostsPath: "",
    LogPath: "",
    Name: `/${name}`,
    RestartCount: state.restarts,
    Driver: "overlay2",
    Platform: "linux",
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: null,
    HostConfig: hostConfigDetail(HostConfig),
    GraphDriver: { Name: "overlay2", Data: {} },
    Mounts: mountPoints(record, placeOf),
    Config: {
      ...ofContainer,
      Entrypoint: config.Entrypoint ?? null,
      Cmd: config.Cmd ?? null,
      OnBuild: null,
      Volumes: Object.keys(config.Volumes).length === 0 ? null : config.Volumes,
    },
    NetworkSettings: networkSettings(record, networks),
  };
}

/** One line of `GET /containers/json`. @param imageName what the image is called now. */
export function containerLine(
  record: ContainerRecord,
  imageName: string,
  now: number,
  networks: Networks,
  placeOf: (volume: string) => string,
) {
  const { id, name, image, config, createdAt, state } = record;
  const mode = config.HostConfig.NetworkMode || "default";
  return {
    Id: id,
    Names: [`/${name}`],
    Image: imageName,
    ImageID: image,
    Command: commandText([...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]),
    Created: Math.floor(createdAt / 1000),
    Ports: portLines(record, networks),
    Labels: config.Labels,
    State: state.status,
    Status: statusText(record, now),
    HostConfig: { NetworkMode: mode },
    NetworkSettings: { Networks: endpointShapes(record, networks) },
    Mounts: mountPoints(record, placeOf),
  };
}

/** As Docker writes it: what has a space in it stands in quotes. */
function commandText([first = "", ...args]: readonly string[]): string {
  return [first, ...args.map((word) => (/\s/.test(word) ? `'${word}'` : word))].join(" ");
}

function statusText({ state, health }: ContainerRecord, now: number): string {
  const { status, exitCode, startedAt, finishedAt } = state;
  const up = `Up ${duration(now - startedAt)}`;
  switch (status) {
    case "running":
      return health === undefined
        ? up
        : `${up} (${health.status === "starting" ? "health: starting" : health.status})`;
    case "paused":
      return `${up} (Paused)`;
    case "restarting":
      return `Restarting (${exitCode}) ${duration(now - finishedAt)} ago`;
    case "exited":
      return `Exited (${exitCode}) ${duration(now - finishedAt)} ago`;
    case "created":
      return "Created";
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
  }
}
