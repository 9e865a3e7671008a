import type { HistoryEntry, Layer } from "./facts.ts";

/** A step of the build of an image, in order. */
export interface Step {
  /** null: it made none. */
  layer: Layer | null;
  /** As a Dockerfile would say it, such as "RUN apt-get update"; "" when nobody said what made the layer. */
  instruction: string;
  comment: string;
  /** Milliseconds since 1970. */
  at: number | null;
}

/**
 * Layers with what made each, and the steps between that made none. A history that does not fit the layers says nothing of them: then
 * there are the layers alone.
 */
export function stepsOf(layers: readonly Layer[], history: readonly HistoryEntry[]): Step[] {
  const fits = history.filter(({ empty }) => !empty).length === layers.length;
  if (!fits) return layers.map((layer) => ({ layer, instruction: "", comment: "", at: null }));
  let next = 0;
  return history.map(({ command, comment, at, empty }) => ({
    layer: empty ? null : (layers[next++] ?? null),
    instruction: instructionOf(command),
    comment,
    at,
  }));
}

/** Instructions of a Dockerfile, of which a command begins with one when a builder wrote it so. */
const instruction =
  /^(ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s/;

/** What runs a command: the arguments of the build before it, the shell with its options. */
const shell =
  /^(?:\|\d+ .*?)?(?:\/bin\/sh|\/bin\/bash|\/bin\/ash|cmd(?: \/S)?|powershell) (?:-[a-zA-Z]+ |pipefail )*(?:-c|-Command|\/C) /s;

/** A command of the history as the Dockerfile said it: what builders wrap it in is taken off. */
export function instructionOf(command: string): string {
  const told = command.replace(/\s*# buildkit\s*$/, "").trim();
  const unwrapped = told.replace(/^RUN\s+/, "").replace(shell, "");
  const noted = /^#\(nop\)\s*(.*)$/s.exec(unwrapped);
  if (noted) return (noted[1] ?? "").trim();
  if (told.startsWith("RUN ") || unwrapped !== told) return `RUN ${unwrapped.trim()}`;
  return instruction.test(told) || told === "" ? told : `RUN ${told}`;
}
