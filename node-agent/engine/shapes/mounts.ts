import type { ContainerRecord } from "../../containers/index.ts";

/** What a container mounts, as its details and its line in a list show it. @param placeOf where a volume lies on the host. */
export function mountPoints({ mounts, config }: ContainerRecord, placeOf: (volume: string) => string) {
  const ofHost = mounts.map(({ kind, source, destination, readOnly, propagation, anonymous }) =>
    kind === "bind"
      ? {
          Type: "bind",
          Source: source,
          Destination: destination,
          Mode: readOnly ? "ro" : "",
          RW: !readOnly,
          Propagation: propagation || "rprivate",
        }
      : {
          Type: "volume",
          Name: source,
          Source: placeOf(source),
          Destination: destination,
          Driver: "local",
          Mode: readOnly ? "ro" : anonymous ? "" : "z",
          RW: !readOnly,
          Propagation: "",
        },
  );
  const inMemory = config.HostConfig.Mounts.filter(({ Type }) => Type === "tmpfs");
  return [
    ...ofHost,
    ...inMemory.map(({ Target, ReadOnly }) => ({
      Type: "tmpfs",
      Source: "",
      Destination: Target,
      Mode: "",
      RW: !ReadOnly,
      Propagation: "",
    })),
  ];
}
