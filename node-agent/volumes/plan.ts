import { createHash } from "node:crypto";
import path from "node:path";
import { HubError } from "#shared/errors";

/** One folder or file of the host, or one volume, that a container sees. */
export interface PlannedMount {
  kind: "bind" | "volume";
  /** An absolute path, or the name of a volume. */
  source: string;
  destination: string;
  readOnly: boolean;
  /** "" is `rprivate`. */
  propagation: string;
  nonRecursive: boolean;
  /** A volume that is empty gets what the image has in its place. */
  copyUp: boolean;
  anonymous: boolean;
  labels: Readonly<Record<string, string>>;
  /** A folder of the host that is not there is made. */
  makeSource: boolean;
  /** The folder within the volume; "" is all of it. */
  subpath: string;
}

/** A mount as Docker's `HostConfig.Mounts` has it, as far as the host's files are concerned. */
interface MountWish {
  Type: string;
  Source: string;
  Target: string;
  ReadOnly: boolean;
  BindOptions?: { Propagation: string; NonRecursive: boolean; CreateMountpoint?: boolean } | null | undefined;
  VolumeOptions?:
    | { NoCopy: boolean; Labels: Record<string, string>; Subpath: string; DriverConfig?: unknown }
    | null
    | undefined;
}

export interface MountsWish {
  /** The container's id. */
  container: string;
  /** `source:place:options`. */
  binds: readonly string[];
  mounts: readonly MountWish[];
  /** Where the image, or `-v /place`, wants a volume without a name. */
  places: readonly string[];
  /** Where there is a tmpfs: no volume goes there. */
  tmpfs: readonly string[];
  /** The mounts of other containers that this one takes over. */
  from: readonly { plan: readonly PlannedMount[]; readOnly: boolean }[];
}

/**
 * What a container mounts of the host, in no order. What is asked by name wins over what another container has, and that over the
 * image. An anonymous volume is named after its container and its place, so that nobody has to remember it.
 *
 * @throws HubError `invalid` for what cannot be read, or for a place that two of them want.
 */
export function plannedMounts(wish: MountsWish): PlannedMount[] {
  const { container } = wish;
  const asked = [
    ...wish.binds.map((text) => bindOf(container, text)),
    ...wish.mounts.filter(({ Type }) => Type !== "tmpfs").map((mount) => mountOf(container, mount)),
  ];
  const found = new Map<string, PlannedMount>();
  for (const mount of asked) {
    if (found.has(mount.destination))
      throw new HubError("invalid", `Duplicate mount point: ${mount.destination}`);
    found.set(mount.destination, mount);
  }
  const taken = new Set(
    [...wish.tmpfs, ...wish.mounts.filter(({ Type }) => Type === "tmpfs").map(({ Target }) => Target)].map(
      clean,
    ),
  );
  const free = (place: string) => !found.has(place) && !taken.has(place);
  for (const { plan, readOnly } of wish.from)
    for (const mount of plan)
      if (free(mount.destination))
        found.set(mount.destination, { ...mount, readOnly: readOnly || mount.readOnly });
  for (const place of wish.places.map(placeOf))
    if (free(place)) found.set(place, anonymousVolume(container, place));
  return [...found.values()];
}

const volume = (source: string, destination: string): PlannedMount => ({
  kind: "volume",
  source,
  destination,
  readOnly: false,
  propagation: "",
  nonRecursive: false,
  copyUp: true,
  anonymous: false,
  labels: {},
  makeSource: false,
  subpath: "",
});

function anonymousVolume(container: string, place: string): PlannedMount {
  const name = createHash("sha256").update(`${container} ${place}`).digest("hex");
  return { ...volume(name, place), anonymous: true };
}

function bindOf(container: string, text: string): PlannedMount {
  const parts = text.split(":");
  if (parts.length > 3 || parts.includes(""))
    throw new HubError("invalid", `invalid volume specification: '${text}'`);
  const [source = "", destination, options = ""] = parts;
  if (destination === undefined) return anonymousVolume(container, placeOf(source));
  const isPath = path.isAbsolute(source);
  const base = volume(isPath ? path.normalize(source) : checkVolumeName(source), placeOf(destination));
  const mount: PlannedMount = isPath ? { ...base, kind: "bind", copyUp: false, makeSource: true } : base;
  for (const option of options.split(",").filter(Boolean)) {
    if (option === "ro" || option === "rw") mount.readOnly = option === "ro";
    else if (isPath && /^r?(?:private|shared|slave)$/.test(option)) mount.propagation = option;
    else if (!isPath && option === "nocopy") mount.copyUp = false;
    // Labels of SELinux, and consistency on other systems: nothing to do here.
    else if (!["z", "Z", "copy", "cached", "delegated", "consistent"].includes(option))
      throw new HubError("invalid", `invalid mode: ${option} of '${text}'`);
  }
  return mount;
}

function mountOf(container: string, wish: MountWish): PlannedMount {
  const { Type, Source, ReadOnly: readOnly, BindOptions: bind, VolumeOptions: options } = wish;
  const destination = placeOf(wish.Target);
  if (Type === "bind") {
    if (!path.isAbsolute(Source))
      throw new HubError(
        "invalid",
        `invalid mount config for type "bind": invalid mount path: '${Source}' mount path must be absolute`,
      );
    return {
      ...volume(path.normalize(Source), destination),
      kind: "bind",
      readOnly,
      copyUp: false,
      propagation: bind?.Propagation ?? "",
      nonRecursive: bind?.NonRecursive ?? false,
      makeSource: bind?.CreateMountpoint ?? false,
    };
  }
  if (Type !== "volume")
    throw new HubError("unsupported", `mount type ${Type} is not supported; use bind, volume or tmpfs`);
  const driver = (options?.DriverConfig as { Name?: string } | null | undefined)?.Name ?? "";
  if (driver !== "" && driver !== "local")
    throw new HubError("invalid", `error looking up volume plugin ${driver}: plugin "${driver}" not found`);
  const base =
    Source === "" ? anonymousVolume(container, destination) : volume(checkVolumeName(Source), destination);
  return {
    ...base,
    readOnly,
    copyUp: !(options?.NoCopy ?? false),
    labels: options?.Labels ?? {},
    subpath: options?.Subpath ?? "",
  };
}

/** @throws HubError `invalid`. */
export function checkVolumeName(name: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,254}$/.test(name)) return name;
  throw new HubError(
    "invalid",
    `create ${JSON.stringify(name).slice(1, -1)}: "${JSON.stringify(name).slice(1, -1)}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`,
  );
}

function placeOf(place: string): string {
  if (!path.posix.isAbsolute(place))
    throw new HubError("invalid", `invalid mount path: '${place}' mount path must be absolute`);
  const found = clean(place);
  if (found === "/") throw new HubError("invalid", `invalid specification: destination can't be '/'`);
  return found;
}

const clean = (place: string) => path.posix.normalize(place).replace(/(?<=.)\/$/, "");
