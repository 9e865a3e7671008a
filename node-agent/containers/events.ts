/** What has happened to a container. Names are those of Docker's events. */
export interface ContainerEvent {
  action:
    | "create"
    | "start"
    | "restart"
    | "stop"
    | "kill"
    | "pause"
    | "unpause"
    | "die"
    | "oom"
    | "rename"
    | "update"
    | "destroy"
    | "attach"
    | "exec_create"
    | "exec_start"
    | "exec_die"
    | `health_status: ${string}`;
  id: string;
  name: string;
  image: string;
  labels: Readonly<Record<string, string>>;
  /** Such as `exitCode`, `signal`, `oldName`, `execID`. */
  attributes: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  at: number;
}
