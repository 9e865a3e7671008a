import { createReadStream, createWriteStream } from "node:fs";
import { stat } from "node:fs/promises";
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import { type ImageName, parseImage } from "../client/image-name.ts";
import { holds, text, texts, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { say } from "../show/print.ts";
import { showProgress } from "../show/progress.ts";

const output = text("write to this file in place of standard output", "o", {
  value: "file",
  offers: "files",
});

export const save = verb({
  usage: "[flags] IMAGE...",
  flags: { output, platform: texts("one platform of them alone") },
  takes: [1, any],
  offers: ["images", "images"],
  examples: [["wherry save -o web.tar web:1 web:2", "both images in one archive, which `wherry load` reads"]],
  async run({ daemon, flags, args }) {
    const to = sink(flags.output);
    await pipeline(
      await daemon.stream("GET", "/images/get", { query: { names: args, platform: flags.platform } }),
      to(),
    );
  },
});

export const load = verb({
  usage: "[flags]",
  flags: {
    input: text("read this file in place of standard input", "i", { value: "file", offers: "files" }),
    quiet: yes("do not show how it goes", "q"),
    platform: texts("one platform of them alone"),
  },
  takes: [0, 0],
  examples: [["wherry load -i web.tar", "the images of an archive, with their names"]],
  async run({ daemon, flags }) {
    const body = await source(flags.input);
    const query = { quiet: flags.quiet || !process.stdout.isTTY, platform: flags.platform };
    await showProgress(daemon.lines("POST", "/images/load", { query, body }));
  },
});

export const exportContainer = verb({
  usage: "[flags] CONTAINER",
  flags: { output },
  takes: [1, 1],
  offers: ["containers", "nothing"],
  examples: [["wherry export -o root.tar web", "all files of a container"]],
  async run({ daemon, flags, args: [name = ""] }) {
    const to = sink(flags.output);
    await pipeline(await daemon.stream("GET", `/containers/${part(name)}/export`), to());
  },
});

const change = texts("an instruction of a Dockerfile, such as `CMD sh`", "c", { value: "instruction" });
const message = text("a comment", "m");

export const importImage = verb({
  usage: "[flags] FILE|URL|- [NAME[:TAG]]",
  flags: { change, message, platform: text("its platform, such as linux/amd64") },
  takes: [1, 2],
  offers: ["files", "images"],
  examples: [["wherry import root.tar box:1", "an image of one layer from an archive of files"]],
  async run({ daemon, flags, args: [from = "", name] }) {
    const { repository, tag }: Partial<ImageName> = name === undefined ? {} : parseImage(name);
    const remote = /^https?:\/\//.test(from);
    const query = {
      fromSrc: remote ? from : "-",
      repo: repository,
      tag,
      message: flags.message,
      changes: flags.change,
      platform: flags.platform,
    };
    const body = remote ? undefined : await source(from === "-" ? undefined : from);
    await showProgress(daemon.lines("POST", "/images/create", { query, body }));
  },
});

export const commit = verb({
  usage: "[flags] CONTAINER [NAME[:TAG]]",
  flags: {
    author: text("who made it", "a"),
    change,
    message,
    pause: { ...holds("it stands still meanwhile; =false lets it run"), short: "p" },
  },
  takes: [1, 2],
  offers: ["containers", "images"],
  examples: [["wherry commit -c 'CMD nginx' web site:2", "an image of what a container has become"]],
  async run({ daemon, flags, args: [container = "", name] }) {
    const { repository, tag }: Partial<ImageName> = name === undefined ? {} : parseImage(name);
    const query = {
      container,
      repo: repository,
      tag,
      author: flags.author,
      comment: flags.message,
      changes: flags.change,
      pause: flags.pause ? undefined : "0",
    };
    say((await daemon.post<{ Id: string }>("/commit", query)).Id);
  },
});

/** Where an archive goes; nothing is opened before it comes. @throws CommandError for a terminal. */
function sink(file: string | undefined): () => Writable {
  if (file !== undefined) return () => createWriteStream(file);
  if (process.stdout.isTTY)
    throw new CommandError("an archive is nothing for a terminal; use -o or redirect it");
  return () => process.stdout;
}

/** @throws CommandError for a terminal, and for a file that cannot be read. */
async function source(file: string | undefined): Promise<Readable> {
  if (file === undefined && process.stdin.isTTY)
    throw new CommandError("an archive is expected on standard input; use a file or a pipe");
  if (file === undefined) return process.stdin;
  await stat(file).catch((cause: unknown) => {
    throw new CommandError(`${file} cannot be read: ${(cause as Error).message}`, 1, { cause });
  });
  return createReadStream(file);
}
