import path from "node:path";
import { fieldsOf } from "./fields.ts";
import { refuse } from "./refuse.ts";
import { parseBytes } from "./sizes.ts";

interface BindOptions {
  Propagation?: string;
  NonRecursive?: boolean;
  ReadOnlyNonRecursive?: boolean;
  ReadOnlyForceRecursive?: boolean;
  CreateMountpoint?: boolean;
}

interface VolumeOptions {
  NoCopy?: boolean;
  Labels?: Record<string, string>;
  DriverConfig?: { Name?: string; Options?: Record<string, string> };
  Subpath?: string;
}

export interface Mount {
  Type: string;
  Source?: string;
  Target: string;
  ReadOnly?: boolean;
  Consistency?: string;
  BindOptions?: BindOptions;
  VolumeOptions?: VolumeOptions;
  ImageOptions?: { Subpath: string };
  TmpfsOptions?: { SizeBytes?: number; Mode?: number };
}

const form = "type=bind,source=/folder,target=/place,readonly, or with type=volume, tmpfs or image";

/** `--mount type=volume,src=name,dst=/place`. @param folder where relative paths begin. @throws CommandError. */
export function parseMount(text: string, folder: string): Mount {
  const mount: Mount = { Type: "volume", Target: "" };
  for (const [name, value] of fieldsOf(text)) {
    const set = setters[name.toLowerCase()];
    if (set === undefined) throw refuse("--mount", text, `${form}; there is no "${name}"`);
    set(mount, value, text);
  }
  if (mount.Target === "") throw refuse("--mount", text, `${form}; a target is needed`);
  if (mount.Type === "bind" && mount.Source === undefined)
    throw refuse("--mount", text, `${form}; a bind needs a source`);
  if (mount.Type === "bind" && /^\.{1,2}(?:\/|$)/.test(mount.Source ?? ""))
    mount.Source = path.resolve(folder, mount.Source ?? "");
  return mount;
}

type Setter = (mount: Mount, value: string | undefined, text: string) => void;

const bind = (mount: Mount) => (mount.BindOptions ??= {});
const volume = (mount: Mount) => (mount.VolumeOptions ??= {});
const driver = (mount: Mount) => (volume(mount).DriverConfig ??= {});
const source: Setter = (mount, value = "") => void (mount.Source = value);
const target: Setter = (mount, value = "") => void (mount.Target = value);
const readOnly: Setter = (mount, value, text) => void (mount.ReadOnly = truth(value, text));

const setters: Readonly<Record<string, Setter>> = {
  type: (mount, value = "") => void (mount.Type = value.toLowerCase()),
  source,
  src: source,
  target,
  dst: target,
  destination: target,
  readonly: readOnly,
  ro: readOnly,
  consistency: (mount, value = "") => void (mount.Consistency = value),
  "bind-propagation": (mount, value = "") => void (bind(mount).Propagation = value),
  "bind-nonrecursive": (mount, value, text) => void (bind(mount).NonRecursive = truth(value, text)),
  "bind-create-src": (mount, value, text) => void (bind(mount).CreateMountpoint = truth(value, text)),
  "bind-recursive": (mount, value, text) => {
    if (value === "disabled") bind(mount).NonRecursive = true;
    else if (value === "writable") bind(mount).ReadOnlyNonRecursive = true;
    else if (value === "readonly") bind(mount).ReadOnlyForceRecursive = true;
    else if (value !== "enabled")
      throw refuse("--mount", text, "bind-recursive=enabled, disabled, writable or readonly");
  },
  "volume-nocopy": (mount, value, text) => void (volume(mount).NoCopy = truth(value, text)),
  "volume-subpath": (mount, value = "") => void (volume(mount).Subpath = value),
  "volume-driver": (mount, value = "") => void (driver(mount).Name = value),
  "volume-label": (mount, value = "") => pair((volume(mount).Labels ??= {}), value),
  "volume-opt": (mount, value = "") => pair((driver(mount).Options ??= {}), value),
  "image-subpath": (mount, value = "") => void (mount.ImageOptions = { Subpath: value }),
  "tmpfs-size": (mount, value = "") =>
    void ((mount.TmpfsOptions ??= {}).SizeBytes = parseBytes("--mount", value)),
  "tmpfs-mode": (mount, value = "", text) => {
    if (!/^[0-7]{1,4}$/.test(value)) throw refuse("--mount", text, "tmpfs-mode=1777");
    (mount.TmpfsOptions ??= {}).Mode = Number.parseInt(value, 8);
  },
};

function truth(value: string | undefined, text: string): boolean {
  if (value === undefined || ["true", "1"].includes(value)) return true;
  if (["false", "0"].includes(value)) return false;
  throw refuse("--mount", text, `${form}; "${value}" is neither true nor false`);
}

function pair(map: Record<string, string>, text: string): void {
  const at = text.indexOf("=");
  map[at < 0 ? text : text.slice(0, at)] = at < 0 ? "" : text.slice(at + 1);
}
