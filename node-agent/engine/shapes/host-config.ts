import { type ContainerRecord, maskedPaths, readonlyPaths } from "../../containers/index.ts";

/** Of other systems than Linux, or of links and drivers that there are none of: clients expect the fields. */
const unused = {
  Cgroup: "",
  ContainerIDFile: "",
  CpuCount: 0,
  CpuPercent: 0,
  IOMaximumBandwidth: 0,
  IOMaximumIOps: 0,
  Isolation: "",
  KernelMemory: 0,
  KernelMemoryTCP: 0,
  Links: null,
  VolumeDriver: "",
};

/** What a container was asked to have of its host, with what holds where nothing was said. */
export function hostConfigDetail(asked: ContainerRecord["config"]["HostConfig"]) {
  const open =
    asked.Privileged || asked.SecurityOpt.some((option) => /^systempaths[=:]unconfined$/.test(option));
  return {
    ...unused,
    ...asked,
    NetworkMode: asked.NetworkMode || "default",
    IpcMode: asked.IpcMode || "private",
    CgroupnsMode: asked.CgroupnsMode || "host",
    Runtime: asked.Runtime || "runc",
    ShmSize: asked.ShmSize || 64 * 2 ** 20,
    RestartPolicy: { ...asked.RestartPolicy, Name: asked.RestartPolicy.Name || "no" },
    LogConfig: { ...asked.LogConfig, Type: asked.LogConfig.Type || "json-file" },
    MemorySwappiness: asked.MemorySwappiness < 0 ? null : asked.MemorySwappiness,
    PidsLimit: asked.PidsLimit === 0 ? null : asked.PidsLimit,
    MaskedPaths: asked.MaskedPaths ?? (open ? null : maskedPaths),
    ReadonlyPaths: asked.ReadonlyPaths ?? (open ? null : readonlyPaths),
  };
}
