import { HubError } from "#shared/errors";

/**
 * Where a container is in its life. Names are Docker's.
 *
 *     created ──start──▶ running ◀──pause/unpause──▶ paused
 *        ▲                  │ ended                    │ ended
 *        │                  ▼                          ▼
 *        │               exited ──(policy)──▶ restarting ──▶ running
 *        │                  │ start ▶ running
 *     removing ◀── remove ──┴── dead: its removal failed half way
 *
 * A start that fails leaves `created` where it was never running, else `exited`, with the exit code that says why.
 */
export type Status = "created" | "running" | "paused" | "restarting" | "exited" | "removing" | "dead";

export interface ContainerState {
  status: Status;
  /** The first process on the host; 0 when there is none. */
  pid: number;
  exitCode: number;
  /** Why it could not be started, or what went wrong since. */
  error: string;
  oomKilled: boolean;
  /** Milliseconds since 1970; 0 is never. */
  startedAt: number;
  finishedAt: number;
  /** Stopped or killed by somebody: restart policies look at it. */
  byHand: boolean;
  restarts: number;
  /** Milliseconds of the last wait before a restart. */
  lastDelay: number;
}

export type Happening =
  | { kind: "started"; pid: number; at: number }
  /** What clients see of the error is in `message`. */
  | { kind: "start-failed"; exitCode: number; message: string; at: number }
  | { kind: "paused" }
  | { kind: "unpaused" }
  | { kind: "stopping" }
  | { kind: "ended"; exitCode: number; at: number; oomKilled: boolean; error?: string }
  | { kind: "restart-planned"; delay: number }
  | { kind: "removing" }
  | { kind: "removal-failed"; message: string };

export const initialState: ContainerState = {
  status: "created",
  pid: 0,
  exitCode: 0,
  error: "",
  oomKilled: false,
  startedAt: 0,
  finishedAt: 0,
  byHand: false,
  restarts: 0,
  lastDelay: 0,
};

/** From which states each can happen. */
const allowed: Readonly<Record<Happening["kind"], readonly Status[]>> = {
  started: ["created", "exited", "restarting"],
  "start-failed": ["created", "exited", "restarting"],
  paused: ["running"],
  unpaused: ["paused"],
  stopping: ["running", "paused", "restarting"],
  ended: ["running", "paused"],
  "restart-planned": ["exited"],
  removing: ["created", "exited", "restarting", "dead", "removing"],
  "removal-failed": ["removing"],
};

/** @throws Error for what cannot happen in that state: the caller has not asked `objection` before. */
export function next(state: ContainerState, happening: Happening): ContainerState {
  if (!allowed[happening.kind].includes(state.status))
    throw new Error(`a container that is ${state.status} cannot be ${happening.kind}`);
  switch (happening.kind) {
    case "started": {
      // By hand it begins anew; by its policy it goes on counting.
      const again = state.status === "restarting";
      return {
        ...state,
        status: "running",
        pid: happening.pid,
        exitCode: 0,
        error: "",
        oomKilled: false,
        startedAt: happening.at,
        byHand: false,
        restarts: again ? state.restarts + 1 : 0,
        lastDelay: again ? state.lastDelay : 0,
      };
    }
    case "start-failed": {
      const { exitCode, message, at } = happening;
      const status = state.startedAt === 0 ? "created" : "exited";
      return { ...state, status, pid: 0, exitCode, error: message, finishedAt: status === "exited" ? at : 0 };
    }
    case "paused":
      return { ...state, status: "paused" };
    case "unpaused":
      return { ...state, status: "running" };
    case "stopping":
      // One that waits for its restart is running for whoever looks at it, and ends without ending again.
      return { ...state, status: state.status === "restarting" ? "exited" : state.status, byHand: true };
    case "ended":
      return {
        ...state,
        status: "exited",
        pid: 0,
        exitCode: happening.exitCode,
        finishedAt: happening.at,
        oomKilled: happening.oomKilled,
        error: happening.error ?? "",
      };
    case "restart-planned":
      return { ...state, status: "restarting", lastDelay: happening.delay };
    case "removing":
      return { ...state, status: "removing" };
    case "removal-failed":
      return { ...state, status: "dead", error: happening.message };
  }
}

export type Request = "start" | "stop" | "kill" | "pause" | "unpause" | "exec" | "remove" | "resize" | "top";

/** Why a request cannot be done now: `already` is no error, there is nothing to do; undefined when it can be done. */
export function objection(
  { status }: ContainerState,
  request: Request,
  name: string,
): "already" | HubError | undefined {
  const conflict = (message: string) => new HubError("conflict", message);
  const runs = status === "running" || status === "paused";
  if (status === "removing" && request !== "remove")
    return conflict(`container ${name} is marked for removal and cannot be used`);
  switch (request) {
    case "start":
      if (status === "running" || status === "restarting") return "already";
      if (status === "paused") return conflict("cannot start a paused container, try unpause instead");
      return status === "dead"
        ? conflict("container is marked for removal and cannot be started")
        : undefined;
    case "stop":
      return runs || status === "restarting" ? undefined : "already";
    case "pause":
      if (status === "paused") return conflict(`container ${name} is already paused`);
      return status === "running" ? undefined : notRunning(name);
    case "unpause":
      return status === "paused" ? undefined : conflict(`Container ${name} is not paused`);
    case "exec":
      if (status === "paused")
        return conflict(`Container ${name} is paused, unpause the container before exec`);
      return status === "running" ? undefined : notRunning(name);
    case "kill":
      return runs || status === "restarting" ? undefined : notRunning(name);
    case "resize":
    case "top":
      return runs ? undefined : notRunning(name);
    case "remove":
      if (status === "removing") return conflict(`removal of container ${name} is already in progress`);
      if (runs || status === "restarting")
        return conflict(
          `cannot remove container "${name}": container is ${status}: stop the container before removing or force remove`,
        );
      return undefined;
  }
}

const notRunning = (name: string) => new HubError("conflict", `container ${name} is not running`);
