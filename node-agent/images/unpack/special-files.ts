import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import type { Writable } from "node:stream";
import { HubError } from "#shared/errors";
import { requireProgram } from "../../host/exec.ts";
import { type ByteText, padded } from "../tar/header.ts";
import { endOfArchive, type HeaderFields, writeHeader } from "../tar/write-header.ts";
import { systemPath } from "./place.ts";

/** How many of them a layer may have; each is held in memory until its end. */
const maximumSpecials = 200_000;

interface Special {
  fields: Omit<HeaderFields, "path">;
  /** Its further names. */
  links: Set<ByteText>;
}

/**
 * What Node cannot make: devices, FIFOs, and whatever has extended attributes. While a layer is written, an empty or attributeless file
 * stands for each. At its end they are put in place by one run of GNU tar, which gets an archive of ours: real folders, names
 * without "..", nothing else of what the image's own archive says.
 */
export class SpecialFiles {
  /** By the first of its names. */
  readonly #specials = new Map<ByteText, Special>();
  /** The first name, by each of the others. */
  readonly #firstNames = new Map<ByteText, ByteText>();

  add(place: ByteText, fields: Omit<HeaderFields, "path">): void {
    if (this.#specials.size >= maximumSpecials)
      throw new HubError(
        "invalid",
        `the layer has more than ${maximumSpecials} devices and extended attributes`,
      );
    this.#specials.set(place, { fields, links: new Set() });
  }

  /** A hard link has been made to what may be one of these. */
  link(place: ByteText, target: ByteText): void {
    const first = this.#firstNames.get(target) ?? target;
    const special = this.#specials.get(first);
    if (special === undefined) return;
    special.links.add(place);
    this.#firstNames.set(place, first);
  }

  /** Something has been taken away. */
  forget(place: ByteText): void {
    const first = this.#firstNames.get(place);
    if (first !== undefined) {
      this.#firstNames.delete(place);
      this.#specials.get(first)?.links.delete(place);
      return;
    }
    const special = this.#specials.get(place);
    if (special === undefined) return;
    this.#specials.delete(place);
    // The file lives on under its next name.
    const [heir, ...others] = special.links;
    if (heir === undefined) return;
    this.#firstNames.delete(heir);
    this.#specials.set(heir, { fields: special.fields, links: new Set(others) });
    for (const other of others) this.#firstNames.set(other, heir);
  }

  /**
   * Puts all of them in place.
   *
   * @param aside a path beside the layer, of no other use, for the files whose attributes are missing.
   * @throws HubError `invalid` with the words of tar, when it cannot.
   */
  async settle(root: string, aside: string): Promise<void> {
    if (this.#specials.size === 0) return;
    const tar = spawn(requireProgram("tar"), arguments_, {
      cwd: root,
      env: { LC_ALL: "C.UTF-8", PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    tar.stderr.setEncoding("utf8").on("data", (text: string) => (said = (said + text).slice(-4000)));
    // tar that ends early is judged by its exit code.
    tar.stdin.on("error", () => {});
    const closed = once(tar, "close") as Promise<[number | null]>;
    await Promise.race([this.#send(tar.stdin, root, aside), closed]);
    const [code] = await closed;
    if (code !== 0)
      throw new HubError("invalid", `tar could not write the layer's devices and attributes: ${said.trim()}`);
  }

  async #send(archive: Writable, root: string, aside: string): Promise<void> {
    for (const [place, { fields, links }] of this.#specials) {
      const name = `./${place}`;
      await write(archive, writeHeader({ ...fields, path: name }));
      if (fields.type === "0" && fields.size > 0) {
        await rename(systemPath(root, place), aside);
        for await (const chunk of createReadStream(aside, { highWaterMark: 256 * 1024 }))
          await write(archive, chunk as Buffer);
        await write(archive, Buffer.alloc(padded(fields.size) - fields.size));
        await rm(aside);
      }
      for (const link of links)
        await write(
          archive,
          writeHeader({ ...fields, path: `./${link}`, type: "1", size: 0, linkPath: name }),
        );
    }
    archive.end(endOfArchive);
  }
}

const arguments_ = [
  "--extract",
  "--file=-",
  "--numeric-owner",
  "--same-owner",
  "--preserve-permissions",
  "--xattrs",
  "--xattrs-include=*",
  "--no-acls",
  "--no-selinux",
  "--warning=no-timestamp",
];

async function write(archive: Writable, bytes: Buffer): Promise<void> {
  if (bytes.length > 0 && !archive.write(bytes) && archive.writable) {
    await Promise.race([once(archive, "drain"), once(archive, "close")]);
  }
}
