import path from "node:path";
import { HubError } from "#shared/errors";

/** What an image says of its containers (OCI Image Specification, "Image Configuration", `config`), with Docker's own fields. */
interface ContainerDefaults {
  Cmd?: string[] | null;
  Entrypoint?: string[] | null;
  Env?: string[] | null;
  ExposedPorts?: Record<string, object> | null;
  Healthcheck?: { Test: string[]; [limit: string]: unknown } | null;
  Labels?: Record<string, string> | null;
  OnBuild?: string[] | null;
  StopSignal?: string;
  User?: string;
  Volumes?: Record<string, object> | null;
  WorkingDir?: string;
  [field: string]: unknown;
}

type Change = (defaults: ContainerDefaults, text: string, expand: (text: string) => string) => void;

/**
 * Applies instructions of a Dockerfile that change no file, as `commit --change` and `import --change` take them.
 *
 * @throws HubError `invalid` for any other instruction, and for one that cannot be read.
 */
export function applyChanges(
  before: Readonly<ContainerDefaults>,
  instructions: readonly string[],
): ContainerDefaults {
  const defaults: ContainerDefaults = structuredClone(before);
  const lines = instructions.flatMap((text) => text.replaceAll(/\\\r?\n/g, " ").split(/\r?\n/));
  let commanded = false;
  for (const line of lines.map((each) => each.trim())) {
    if (line === "" || line.startsWith("#")) continue;
    const [, word = "", text = ""] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
    const name = word.toUpperCase();
    const change = Object.hasOwn(changes, name) ? changes[name] : undefined;
    if (change === undefined)
      throw new HubError("invalid", `${name.slice(0, 50)} is not a valid change command`);
    if (text === "") throw new HubError("invalid", `${name} requires at least one argument`);
    change(defaults, text, (value) => expanded(value, defaults.Env ?? []));
    if (name === "CMD") commanded = true;
    // A command is made for the entrypoint that it came with.
    if (name === "ENTRYPOINT" && !commanded) defaults.Cmd = null;
  }
  return defaults;
}

const changes: Readonly<Record<string, Change>> = {
  CMD: (defaults, text) => {
    defaults.Cmd = commandOf(text);
  },
  ENTRYPOINT: (defaults, text) => {
    defaults.Entrypoint = commandOf(text);
  },
  ENV: (defaults, text, expand) => {
    const env = new Map((defaults.Env ?? []).map((each) => [each.slice(0, each.indexOf("=")), each]));
    for (const [name, value] of pairsOf("ENV", text)) env.set(name, `${name}=${expand(value)}`);
    defaults.Env = [...env.values()];
  },
  LABEL: (defaults, text, expand) => {
    const added = pairsOf("LABEL", text).map(([name, value]) => [name, expand(value)] as const);
    defaults.Labels = { ...defaults.Labels, ...Object.fromEntries(added) };
  },
  EXPOSE: (defaults, text, expand) => {
    const ports = expand(text).split(/\s+/).flatMap(portsOf);
    defaults.ExposedPorts = { ...defaults.ExposedPorts, ...emptyOf(ports) };
  },
  VOLUME: (defaults, text, expand) => {
    const places = jsonList(text) ?? expand(text).split(/\s+/);
    defaults.Volumes = { ...defaults.Volumes, ...emptyOf(places) };
  },
  USER: (defaults, text, expand) => {
    defaults.User = expand(text);
  },
  WORKDIR: (defaults, text, expand) => {
    defaults.WorkingDir = path.posix.resolve("/", defaults.WorkingDir || "/", expand(text));
  },
  STOPSIGNAL: (defaults, text, expand) => {
    defaults.StopSignal = expand(text);
  },
  ONBUILD: (defaults, text) => {
    defaults.OnBuild = [...(defaults.OnBuild ?? []), text];
  },
  HEALTHCHECK: (defaults, text) => {
    defaults.Healthcheck = healthcheckOf(text);
  },
};

const emptyOf = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));

/** A list in JSON is run as it is; anything else by a shell. */
function commandOf(text: string): string[] {
  return jsonList(text) ?? ["/bin/sh", "-c", text];
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith("[")) return undefined;
  try {
    const list: unknown = JSON.parse(text);
    return Array.isArray(list) && list.every((each) => typeof each === "string") ? list : undefined;
  } catch {
    return undefined;
  }
}

/** `a=1 b="2 3"`, or in the old form `a the rest`. */
function pairsOf(instruction: string, text: string): [name: string, value: string][] {
  if (!/^[^\s=]+=/.test(text)) {
    const [, name = "", value] = /^(\S+)\s+(.+)$/s.exec(text) ?? [];
    if (value === undefined) throw new HubError("invalid", `${instruction} must have two arguments`);
    return [[name, value]];
  }
  return wordsOf(text).map((word) => {
    const equals = word.indexOf("=");
    if (equals <= 0)
      throw new HubError(
        "invalid",
        `Syntax error - can't find = in "${word.slice(0, 100)}". Must be of the form: name=value`,
      );
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

/** Words with blanks between them; quotation marks and backslashes keep blanks in a word. */
function wordsOf(text: string): string[] {
  const words = [...text.matchAll(/(?:"(?:\\.|[^"\\])*"|'[^']*'|\\.|[^\s"'\\])+/gs)];
  return words.map(([word]) =>
    word.replaceAll(
      /"((?:\\.|[^"\\])*)"|'([^']*)'|\\(.)/gs,
      (_, double?: string, single?: string, escaped?: string) =>
        double?.replaceAll(/\\(["\\$])/g, "$1") ?? single ?? escaped ?? "",
    ),
  );
}

/** `$NAME`, `${NAME}`, `${NAME:-otherwise}` and `${NAME:+instead}`. */
function expanded(text: string, env: readonly string[]): string {
  const values = new Map(
    env.map((each) => [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)]),
  );
  return text.replaceAll(
    /\\\$|\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})/g,
    (_, plain?: string, braced?: string, kind?: string, word = "") => {
      const name = plain ?? braced;
      if (name === undefined) return "$";
      const value = values.get(name) ?? "";
      if (kind === "+") return value === "" ? "" : word;
      return value === "" && kind === "-" ? word : value;
    },
  );
}

/** `80`, `53/udp`, `8000-8002/tcp`. */
function portsOf(text: string): string[] {
  const [, first, last = first, protocol = "tcp"] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(text.toLowerCase()) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || from < 1 || to > 65_535 || to < from)
    throw new HubError("invalid", `Invalid containerPort: ${text.slice(0, 50)}`);
  return Array.from({ length: to - from + 1 }, (_, index) => `${from + index}/${protocol}`);
}

const limits: Readonly<Record<string, string>> = {
  interval: "Interval",
  timeout: "Timeout",
  "start-period": "StartPeriod",
  "start-interval": "StartInterval",
};

function healthcheckOf(text: string): { Test: string[]; [limit: string]: unknown } {
  if (/^none$/i.test(text)) return { Test: ["NONE"] };
  const check: { Test: string[]; [limit: string]: unknown } = { Test: [] };
  let rest = text;
  for (let flag = flagOf(rest); flag !== undefined; flag = flagOf(rest)) {
    const field = limits[flag.name];
    if (field !== undefined) check[field] = nanoseconds(flag.value);
    else if (flag.name === "retries" && /^\d{1,4}$/.test(flag.value)) check["Retries"] = Number(flag.value);
    else throw new HubError("invalid", `Unknown flag: ${flag.name.slice(0, 50)}`);
    rest = flag.rest;
  }
  const [, command] = /^CMD\s+(.+)$/is.exec(rest) ?? [];
  if (command === undefined)
    throw new HubError("invalid", `Unknown type "${rest.slice(0, 50)}" in HEALTHCHECK (try CMD)`);
  const list = jsonList(command);
  check.Test = list === undefined ? ["CMD-SHELL", command] : ["CMD", ...list];
  return check;
}

function flagOf(text: string): { name: string; value: string; rest: string } | undefined {
  const [, name, value, rest] = /^--([\w-]+)=(\S+)\s*(.*)$/s.exec(text) ?? [];
  return name === undefined || value === undefined ? undefined : { name, value, rest: rest ?? "" };
}

const units: Readonly<Record<string, number>> = { ms: 1e6, s: 1e9, m: 60e9, h: 3600e9 };

/** `1m30s` and the like. */
function nanoseconds(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text))
    throw new HubError("invalid", `invalid duration "${text.slice(0, 50)}"`);
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ""] ?? 0),
    0,
  );
}
