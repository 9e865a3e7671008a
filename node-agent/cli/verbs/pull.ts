import { authHeaders } from "../client/credentials.ts";
import type { Daemon } from "../client/daemon.ts";
import { canonical, parseImage } from "../client/image-name.ts";
import { text, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { say } from "../show/print.ts";
import { showProgress } from "../show/progress.ts";

export const pull = verb({
  usage: "[flags] NAME[:TAG|@DIGEST]",
  flags: {
    "all-tags": yes("every tag of the repository", "a"),
    platform: text("another platform than this host's, such as linux/arm64"),
    quiet: yes("do not show how it goes", "q"),
  },
  takes: [1, 1],
  offers: ["images", "nothing"],
  examples: [
    ["wherry pull alpine", "the image alpine:latest of Docker Hub"],
    ["wherry pull 127.0.0.1:5000/admin/alpine:3", "of the registry on this machine"],
  ],
  async run({ daemon, flags, args: [image = ""] }) {
    await pullImage(daemon, image, { ...flags, to: process.stdout });
  },
});

interface Pull {
  platform: string | undefined;
  quiet: boolean;
  "all-tags"?: boolean;
  /** Where it is shown how the pull goes. */
  to: NodeJS.WriteStream;
}

/** Pulls, and shows how it goes. @throws CommandError, DaemonError. */
export async function pullImage(daemon: Daemon, image: string, options: Pull): Promise<void> {
  const name = parseImage(image);
  const { repository, tag, digest } = name;
  const all = options["all-tags"] ?? false;
  const usual = tag === undefined && digest === undefined && !all;
  if (usual && !options.quiet && options.to === process.stdout) say("Using default tag: latest");
  const lines = daemon.lines("POST", "/images/create", {
    query: {
      fromImage: repository,
      tag: all ? undefined : (digest ?? tag ?? "latest"),
      platform: options.platform,
    },
    headers: await authHeaders(image),
  });
  if (options.quiet) {
    for await (const line of lines) if (typeof line["error"] === "string") await showProgress(one(line));
  } else await showProgress(lines, options.to);
  if (options.to === process.stdout) say(canonical(name));
}

async function* one(line: Record<string, unknown>) {
  yield line;
}
