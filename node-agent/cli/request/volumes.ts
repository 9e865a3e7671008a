import path from "node:path";
import { refuse } from "./refuse.ts";

/** What `-v` asks for: a bind or a volume by name, as the engine reads it, or a place with a volume of its own. */
export type VolumeWish = { bind: string } | { anonymous: string };

/** `-v name:/place:ro`, `-v ./folder:/place`, `-v /place`. @param folder where relative paths begin. @throws CommandError. */
export function parseVolume(text: string, folder: string): VolumeWish {
  const parts = text.split(":");
  const [source = "", place] = parts;
  const wrong = () => refuse("-v", text, "/place, name:/place, /folder:/place, each also with :ro");
  if (parts.length > 3 || source === "") throw wrong();
  if (place === undefined) {
    if (!source.startsWith("/")) throw wrong();
    return { anonymous: source };
  }
  if (!place.startsWith("/")) throw wrong();
  const found = /^\.{1,2}(?:\/|$)/.test(source) ? path.resolve(folder, source) : source;
  return { bind: [found, ...parts.slice(1)].join(":") };
}

/** `--tmpfs /run:size=64m`: the place and its options. @throws CommandError. */
export function parseTmpfs(text: string): [place: string, options: string] {
  const at = text.indexOf(":");
  const [place, options] = at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
  if (!place.startsWith("/")) throw refuse("--tmpfs", text, "/place or /place:size=64m,mode=1777");
  return [place, options];
}
