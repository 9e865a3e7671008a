import path from "node:path";
import { CommandError } from "../command-error.ts";

/** One side of `cp`: a path here or in a container, or `-` for an archive on a standard stream. */
export type CopyPlace =
  | { kind: "here"; path: string }
  | { kind: "container"; container: string; path: string }
  | { kind: "stream" };

/** `web:/etc/hosts`, `./file`, `-`. What begins with a dot or a slash is a path here, colon or not. */
export function parsePlace(text: string): CopyPlace {
  if (text === "-") return { kind: "stream" };
  const at = text.indexOf(":");
  if (/^[./]/.test(text) || at < 1) return { kind: "here", path: text };
  return { kind: "container", container: text.slice(0, at), path: text.slice(at + 1) || "/" };
}

/** What is there already: a folder, something else, or nothing. */
export type Found = "folder" | "file" | "nothing";

/**
 * Where what is copied comes to stand, as cp has it: inside a folder that is there, else under the name that is given. A source that
 * ends in `/.` is a folder's content.
 *
 * @throws CommandError where that cannot be.
 */
export function landing(
  from: { path: string; is: "folder" | "file" },
  to: { path: string; is: Found },
): { folder: string; name: string } {
  const content = /(?:^|\/)\.$/.test(from.path);
  const slash = to.path.endsWith("/") || /(?:^|\/)\.$/.test(to.path);
  if (to.is === "folder")
    return { folder: to.path, name: content ? "." : path.posix.basename(from.path) || "." };
  if (from.is === "folder" && to.is === "file")
    throw new CommandError(`cannot copy the directory ${from.path} to the file ${to.path}`);
  if (slash && from.is === "file")
    throw new CommandError(`the destination directory ${to.path} does not exist; make it first`);
  const whole = to.path.replace(/\/+\.?$/, "") || "/";
  return { folder: path.posix.dirname(whole), name: path.posix.basename(whole) };
}

/** The expression by which GNU tar gives an archive's first part of each name another: hard links follow, symbolic links stay. */
export function renaming(name: string): string {
  return `flags=rhS;s\u0001^[^/]*\u0001${name.replaceAll(/[\\&]/g, "\\$&").replaceAll("\n", "\\n")}\u0001`;
}
