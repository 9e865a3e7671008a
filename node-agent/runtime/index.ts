export type {
  Capabilities,
  Device,
  DeviceRule,
  IdMapping,
  Mount,
  Namespace,
  NamespaceKind,
  Process,
  Resources,
  Rlimit,
  Seccomp,
  Spec,
  SyscallRule,
  User,
} from "./oci-spec.ts";
export { ConmonRuntime } from "./conmon-runtime.ts";
export {
  type MonitoredExec,
  type PipedExec,
  type Runtime,
  RuntimeError,
  type RuntimeStats,
} from "./runtime.ts";
