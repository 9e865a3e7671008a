import { HubError } from "#shared/errors";
import { z } from "zod";

/**
 * What a container is to be, in the words and shape of Docker's `POST /containers/create`, so that `inspect` gives back what was asked.
 * Clients send everything with empty values: null, 0, "" and -1 mean "not said" where the fields below have no other meaning for them.
 */
const text = z
  .string()
  .max(65_536)
  .refine((value) => !value.includes("\0"), "must not contain a null byte");
const optionalText = text.nullish().transform((value) => value ?? "");
const texts = z
  .array(text)
  .max(10_000)
  .nullish()
  .transform((value) => value ?? []);
/** `Cmd` and `Entrypoint`: null is "the image's", an empty list is none. Old clients send one text. */
const command = z
  .union([z.array(text).max(10_000), text.transform((value) => (value === "" ? [] : [value]))])
  .nullish()
  .transform((value) => value ?? undefined);
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const whole = z
  .number()
  .int()
  .nullish()
  .transform((value) => value ?? 0);
const record = <T extends z.ZodType>(value: T) =>
  z
    .record(text, value)
    .nullish()
    .transform((found) => found ?? {});
const list = <T extends z.ZodType>(value: T) =>
  z
    .array(value)
    .max(1000)
    .nullish()
    .transform((found) => found ?? []);

const healthcheck = z.object({
  Test: texts,
  /** Nanoseconds, as the three others; 0 is the default. */
  Interval: whole,
  Timeout: whole,
  StartPeriod: whole,
  StartInterval: whole,
  Retries: whole,
});

const mount = z.object({
  Type: z.enum(["bind", "volume", "tmpfs", "image", "npipe", "cluster"]),
  Source: optionalText,
  Target: text.min(1),
  ReadOnly: flag,
  Consistency: optionalText,
  BindOptions: z
    .object({
      Propagation: optionalText,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: flag,
    })
    .nullish(),
  VolumeOptions: z
    .object({
      NoCopy: flag,
      Labels: record(text),
      Subpath: optionalText,
      DriverConfig: z.object({ Name: optionalText, Options: record(text) }).nullish(),
    })
    .nullish(),
  TmpfsOptions: z.object({ SizeBytes: whole, Mode: whole }).nullish(),
});

const throttle = z.object({ Path: text.min(1), Rate: z.number().int().nonnegative() });

const resources = {
  CpuShares: whole,
  Memory: whole,
  NanoCpus: whole,
  CgroupParent: optionalText,
  BlkioWeight: whole,
  BlkioWeightDevice: list(z.object({ Path: text.min(1), Weight: z.number().int() })),
  BlkioDeviceReadBps: list(throttle),
  BlkioDeviceWriteBps: list(throttle),
  BlkioDeviceReadIOps: list(throttle),
  BlkioDeviceWriteIOps: list(throttle),
  CpuPeriod: whole,
  CpuQuota: whole,
  CpuRealtimePeriod: whole,
  CpuRealtimeRuntime: whole,
  CpusetCpus: optionalText,
  CpusetMems: optionalText,
  Devices: list(
    z.object({ PathOnHost: text.min(1), PathInContainer: optionalText, CgroupPermissions: optionalText }),
  ),
  DeviceCgroupRules: texts,
  DeviceRequests: list(z.looseObject({ Driver: optionalText })),
  MemoryReservation: whole,
  MemorySwap: whole,
  MemorySwappiness: z
    .number()
    .int()
    .nullish()
    .transform((value) => value ?? -1),
  OomKillDisable: flag,
  PidsLimit: whole,
  Ulimits: list(z.object({ Name: text.min(1), Soft: z.number().int(), Hard: z.number().int() })),
};

const restartPolicy = z
  .object({ Name: optionalText, MaximumRetryCount: whole })
  .nullish()
  .transform((value) => value ?? { Name: "", MaximumRetryCount: 0 });

const hostConfig = z.object({
  ...resources,
  Binds: texts,
  NetworkMode: optionalText,
  PortBindings: record(list(z.object({ HostIp: optionalText, HostPort: optionalText }))),
  RestartPolicy: restartPolicy,
  AutoRemove: flag,
  VolumesFrom: texts,
  VolumeDriver: optionalText,
  Mounts: list(mount),
  ConsoleSize: z
    .tuple([z.number().int().nonnegative(), z.number().int().nonnegative()])
    .nullish()
    .transform((value) => value ?? ([0, 0] as [number, number])),
  CapAdd: texts,
  CapDrop: texts,
  CgroupnsMode: optionalText,
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: optionalText,
  OomScoreAdj: whole,
  PidMode: optionalText,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  Tmpfs: record(optionalText),
  UTSMode: optionalText,
  UsernsMode: optionalText,
  ShmSize: whole,
  Sysctls: record(text),
  Runtime: optionalText,
  Init: flag,
  LogConfig: z
    .object({ Type: optionalText, Config: record(text) })
    .nullish()
    .transform((value) => value ?? { Type: "", Config: {} }),
  MaskedPaths: z.array(text).nullish(),
  ReadonlyPaths: z.array(text).nullish(),
});

const createBody = z.object({
  Hostname: optionalText,
  Domainname: optionalText,
  User: optionalText,
  AttachStdin: flag,
  AttachStdout: flag,
  AttachStderr: flag,
  ExposedPorts: record(z.unknown()),
  Tty: flag,
  OpenStdin: flag,
  StdinOnce: flag,
  Env: texts,
  Cmd: command,
  Entrypoint: command,
  Healthcheck: healthcheck.nullish().transform((value) => value ?? undefined),
  Image: optionalText,
  Volumes: record(z.unknown()),
  WorkingDir: optionalText,
  NetworkDisabled: flag,
  Labels: record(text),
  StopSignal: optionalText,
  /** Seconds; not said is ten. */
  StopTimeout: z
    .number()
    .int()
    .nullish()
    .transform((value) => value ?? undefined),
  HostConfig: hostConfig.nullish().transform((value) => value ?? hostConfig.parse({})),
  NetworkingConfig: z.looseObject({}).nullish(),
});

const updateBody = z.object({ ...resources, RestartPolicy: restartPolicy });

export type ContainerConfig = z.output<typeof createBody>;
export type HostConfig = ContainerConfig["HostConfig"];
export type Healthcheck = NonNullable<ContainerConfig["Healthcheck"]>;
export type UpdateBody = z.output<typeof updateBody>;

/** @throws HubError `invalid` with the field that is wrong. */
export function parseCreateBody(body: unknown): ContainerConfig {
  return checked(createBody.safeParse(body));
}

/** @throws HubError `invalid` with the field that is wrong. */
export function parseUpdateBody(body: unknown): UpdateBody {
  return checked(updateBody.safeParse(body));
}

function checked<T>(result: z.ZodSafeParseResult<T>): T {
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new HubError(
    "invalid",
    `invalid container configuration: ${issue?.path.join(".")}: ${issue?.message}`,
  );
}
