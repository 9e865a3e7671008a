import { HubError } from "#shared/errors";
import type { ByteText } from "../tar/header.ts";

/**
 * The parts of a path inside a layer, without empty ones and ".". A leading slash means the layer's own root.
 *
 * @throws HubError `invalid` for a path that leads out of the layer, or that no Linux file system takes.
 */
export function partsOf(path: ByteText): ByteText[] {
  const parts: ByteText[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === "..") {
      if (parts.pop() === undefined)
        throw new HubError("invalid", `the layer has an entry "${shown(path)}", which lies outside of it`);
    } else if (part.length > 255 || part.includes("\0"))
      throw new HubError("invalid", `the layer has an entry whose name no file system takes: ${shown(path)}`);
    else parts.push(part);
  }
  return parts;
}

/** A path for people, however wild it is. */
export function shown(path: ByteText): string {
  const text = Buffer.from(path.slice(0, 300), "latin1").toString();
  return text.replaceAll(/\p{Cc}/gu, "?") + (path.length > 300 ? "…" : "");
}

/** A path as system calls take it: as text where it is ASCII, which is faster, else as its bytes. */
export function systemPath(root: string, path: ByteText): string | Buffer {
  const whole = path === "" ? root : `${root}/${path}`;
  if (!beyondAscii.test(path)) return whole;
  return Buffer.concat([Buffer.from(`${root}/`), Buffer.from(path, "latin1")]);
}

/** Bytes as Node's file functions take them for names and targets. */
export function systemText(text: ByteText): string | Buffer {
  return beyondAscii.test(text) ? Buffer.from(text, "latin1") : text;
}

const beyondAscii = /[\u0080-\u00ff]/;
