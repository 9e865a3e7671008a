import { spawn } from "node:child_process";
import { once } from "node:events";
import { lstat, stat } from "node:fs/promises";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import { pipeline } from "node:stream/promises";
import { requireProgram } from "../../host/exec.ts";
import { CommandError } from "../command-error.ts";
import { type Daemon, part } from "../client/daemon.ts";
import { DaemonError } from "../client/daemon-error.ts";
import { yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { type CopyPlace, type Found, landing, parsePlace, renaming } from "../request/copy-plan.ts";
import { complain } from "../show/print.ts";

export const cp = verb({
  usage: "[flags] CONTAINER:PATH PATH|-   or   PATH|- CONTAINER:PATH",
  flags: {
    archive: yes("keep who owns what", "a"),
    "follow-link": yes("what a symbolic link of the source leads to", "L"),
    quiet: yes("say nothing", "q"),
  },
  takes: [2, 2],
  offers: ["containers", "containers"],
  examples: [
    ["wherry cp web:/var/log/nginx ./logs", "a folder out of a container"],
    ["wherry cp ./site/. web:/usr/share/nginx/html", "a folder's content into one"],
    ["wherry cp web:/etc - | tar t", "as an archive"],
  ],
  async run({ daemon, flags, args: [first = "", second = ""] }) {
    const [from, to] = [parsePlace(first), parsePlace(second)];
    if (from.kind === "container" && to.kind !== "container") await copyOut(daemon, from, to, flags);
    else if (to.kind === "container" && from.kind !== "container") await copyIn(daemon, from, to, flags);
    else if (from.kind === "container")
      throw new CommandError("copying between containers is not supported; copy out first");
    else throw new CommandError("must specify at least one container source, as name:/path");
    if (!flags.quiet && process.stderr.isTTY) complain(`Copied ${first} to ${second}`);
  },
});

type Inside = Extract<CopyPlace, { kind: "container" }>;
type Outside = Exclude<CopyPlace, Inside>;

interface Flags {
  archive: boolean;
  "follow-link": boolean;
}

/** Go's bits of a file's mode. */
const goFolder = 2 ** 31;
const goLink = 2 ** 27;

interface Stat {
  name: string;
  mode: number;
  linkTarget: string;
}

const archiveOf = ({ container }: Inside) => `/containers/${part(container)}/archive`;

async function statInside(daemon: Daemon, place: Inside): Promise<Stat | undefined> {
  try {
    const response = await daemon.stream("HEAD", archiveOf(place), { query: { path: place.path } });
    response.resume();
    const header = response.headers["x-docker-container-path-stat"];
    return JSON.parse(Buffer.from(String(header), "base64").toString()) as Stat;
  } catch (error) {
    if (error instanceof DaemonError && error.status === 404) return undefined;
    throw error;
  }
}

const has = (mode: number, bit: number) => Math.floor(mode / bit) % 2 === 1;

/** The path that a link in a container leads to, where it is one. */
async function followed(
  daemon: Daemon,
  place: Inside,
  follow: boolean,
): Promise<{ place: Inside; found: Stat | undefined }> {
  const found = await statInside(daemon, place);
  if (!follow || found === undefined || !has(found.mode, goLink)) return { place, found };
  const there = { ...place, path: path.posix.resolve(path.posix.dirname(place.path), found.linkTarget) };
  return { place: there, found: await statInside(daemon, there) };
}

async function copyOut(daemon: Daemon, source: Inside, to: Outside, flags: Flags): Promise<void> {
  const { place, found } = await followed(daemon, source, flags["follow-link"]);
  if (found === undefined) {
    // The engine says which of the two is missing.
    await daemon.get(`/containers/${part(place.container)}/json`);
    throw new CommandError(`Could not find the file ${place.path} in container ${place.container}`);
  }
  const archive = await daemon.stream("GET", archiveOf(place), { query: { path: place.path } });
  if (to.kind === "stream") {
    await pipeline(archive, process.stdout, { end: false });
    return;
  }
  const from = { path: source.path, is: has(found.mode, goFolder) ? "folder" : "file" } as const;
  const { folder, name } = landing(from, { path: to.path, is: await foundHere(to.path) });
  const owner = flags.archive ? "--same-owner" : "--no-same-owner";
  const args = ["-x", "-p", owner, "-C", folder, `--transform=${renaming(name)}`, "-f", "-"];
  const child = spawn(requireProgram("tar"), args, { stdio: ["pipe", "ignore", "pipe"] });
  const [said, exit] = [textOf(child.stderr), once(child, "close") as Promise<[number | null]>];
  await pipeline(archive, child.stdin).catch(() => {});
  const [code] = await exit;
  if (code !== 0) throw new CommandError(`tar did not write ${to.path}: ${(await said).trim()}`);
}

async function copyIn(daemon: Daemon, from: Outside, target: Inside, flags: Flags): Promise<void> {
  const { place, found } = await followed(daemon, target, true);
  const query = (folder: string) => ({
    path: folder,
    noOverwriteDirNonDir: "true",
    copyUIDGID: flags.archive ? "true" : undefined,
  });
  if (from.kind === "stream") {
    await daemon
      .stream("PUT", archiveOf(place), { query: query(place.path), body: process.stdin })
      .then((answer) => answer.resume());
    return;
  }
  const is: Found = found === undefined ? "nothing" : has(found.mode, goFolder) ? "folder" : "file";
  const own = await (flags["follow-link"] ? stat : lstat)(from.path).catch((cause: unknown) => {
    throw new CommandError(`${from.path} cannot be copied: ${(cause as Error).message}`, 1, { cause });
  });
  const { folder, name } = landing(
    { path: from.path, is: own.isDirectory() ? "folder" : "file" },
    { path: place.path, is },
  );
  const whole = path.resolve(from.path);
  const links = flags["follow-link"] ? ["--dereference"] : [];
  const args = [
    "-c",
    "--numeric-owner",
    ...links,
    "-C",
    path.dirname(whole),
    `--transform=${renaming(name)}`,
    "-f",
    "-",
    "--",
    path.basename(whole) || ".",
  ];
  const child = spawn(requireProgram("tar"), args, { stdio: ["ignore", "pipe", "pipe"] });
  const [said, exit] = [textOf(child.stderr), once(child, "close") as Promise<[number | null]>];
  const answer = await daemon
    .stream("PUT", archiveOf(place), { query: query(folder), body: child.stdout })
    .catch((error: unknown) => {
      child.kill();
      throw error;
    });
  answer.resume();
  const [code] = await exit;
  if (code !== 0) throw new CommandError(`tar did not read ${from.path}: ${(await said).trim()}`);
}

async function foundHere(place: string): Promise<Found> {
  const found = await stat(place).catch(() => undefined);
  if (found === undefined) return "nothing";
  return found.isDirectory() ? "folder" : "file";
}
