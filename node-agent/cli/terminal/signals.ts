import type { Daemon } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";

/** Signals that a program may be sent to be told something. */
const proxied = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGUSR1",
  "SIGUSR2",
  "SIGCONT",
  "SIGTSTP",
  "SIGTTIN",
  "SIGTTOU",
  "SIGALRM",
] as const;

/** Sends on to a container what signals come here. @returns what ends it. */
export function proxySignals(daemon: Daemon, container: string): () => void {
  const send = (signal: NodeJS.Signals) => {
    daemon.post(`/containers/${container}/kill`, { signal }).catch((error: unknown) => {
      // It has ended in the meantime.
      if (!(error instanceof DaemonError)) throw error;
    });
  };
  for (const signal of proxied) process.on(signal, send);
  return () => {
    for (const signal of proxied) process.off(signal, send);
  };
}

/** Keeps a container's terminal as large as this one. @param path of its `resize`. @returns what ends it. */
export function followSize(daemon: Daemon, path: string): () => void {
  const { stdout } = process;
  if (!stdout.isTTY) return () => {};
  const resize = () => {
    // It starts at this moment, or has ended: the next change comes through.
    daemon.post(path, { h: stdout.rows, w: stdout.columns }).catch(() => {});
  };
  stdout.on("resize", resize);
  resize();
  return () => void stdout.off("resize", resize);
}
