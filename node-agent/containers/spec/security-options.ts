import { HubError } from "#shared/errors";

/** `--security-opt`, read. */
export interface SecurityOptions {
  noNewPrivileges: boolean;
  /** "default", "unconfined", or the JSON of a profile, which is what docker sends for a file. */
  seccomp: string;
  /** "" is the default, "unconfined" none. */
  apparmor: string;
  /** `systempaths=unconfined`: nothing is masked or read-only. */
  openSystemPaths: boolean;
  /** A label of SELinux, as `user:role:type:level`; undefined leaves it to the host. */
  selinux: string | undefined;
}

/** @throws HubError `invalid` for an option that there is none of. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  const read: SecurityOptions = {
    noNewPrivileges: false,
    seccomp: "default",
    apparmor: "",
    openSystemPaths: false,
    selinux: undefined,
  };
  const label: Partial<Record<"user" | "role" | "type" | "level", string>> = {};
  for (const option of options) {
    // Old clients write a colon where newer ones write an equals sign.
    const [, key = option, value = ""] = /^([a-z-]+)[=:](.*)$/s.exec(option) ?? [];
    if (key === "no-new-privileges" && ["", "true", "false"].includes(value))
      read.noNewPrivileges = value !== "false";
    else if (key === "seccomp") read.seccomp = value || "default";
    else if (key === "apparmor") read.apparmor = value;
    else if (key === "systempaths" && value === "unconfined") read.openSystemPaths = true;
    else if (key === "writable-cgroups" && value === "false") continue;
    else if (key === "label") addLabel(label, value);
    else throw new HubError("invalid", `invalid --security-opt: "${option}"`);
  }
  if (Object.keys(label).length > 0)
    read.selinux = [
      label.user ?? "system_u",
      label.role ?? "system_r",
      label.type ?? "container_t",
      label.level ?? "s0",
    ].join(":");
  return read;
}

function addLabel(label: Partial<Record<string, string>>, value: string): void {
  if (value === "disable") {
    label["type"] = "spc_t";
    return;
  }
  const [, key = "", part = ""] = /^(user|role|type|level):([\w.:,-]+)$/.exec(value) ?? [];
  if (key === "") throw new HubError("invalid", `invalid --security-opt: "label=${value}"`);
  label[key] = part;
}
