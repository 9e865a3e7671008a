import { padded } from "../../../../node-agent/images/tar/header.ts";
import {
  endOfArchive,
  type HeaderFields,
  writeHeader,
} from "../../../../node-agent/images/tar/write-header.ts";

/** One entry as a test words it: a directory where the path ends in a slash, a symlink or hard link by its target, else a file. */
export interface Planned extends Partial<Omit<HeaderFields, "path">> {
  path: string;
  content?: string | Uint8Array;
  symlink?: string;
  link?: string;
}

/** A tar archive of these entries, in this order, however wrong they are. Names are UTF-8 in it. */
export function archive(...entries: Planned[]): Buffer {
  return Buffer.concat([...entries.map(written), endOfArchive]);
}

export function written(planned: Planned): Buffer {
  const content = Buffer.from(planned.content ?? "");
  const type = planned.type ?? typeOf(planned);
  const header = writeHeader({
    mode: type === "5" ? 0o755 : 0o644,
    uid: 0,
    gid: 0,
    mtime: 1_700_000_000,
    size: content.length,
    ...planned,
    path: bytes(planned.path),
    linkPath: bytes(planned.symlink ?? planned.link ?? ""),
    type,
  });
  return Buffer.concat([header, content, Buffer.alloc(padded(content.length) - content.length)]);
}

function typeOf({ path, symlink, link }: Planned): string {
  if (symlink !== undefined) return "2";
  if (link !== undefined) return "1";
  return path.endsWith("/") ? "5" : "0";
}

const bytes = (text: string) => Buffer.from(text).toString("latin1");
