import { authHeaders } from "../client/credentials.ts";
import { imagePart } from "../client/daemon.ts";
import { canonical, parseImage } from "../client/image-name.ts";
import { yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { say } from "../show/print.ts";
import { showProgress } from "../show/progress.ts";

export const push = verb({
  usage: "[flags] NAME[:TAG]",
  flags: { "all-tags": yes("every tag of the repository", "a"), quiet: yes("do not show how it goes", "q") },
  takes: [1, 1],
  offers: ["images", "nothing"],
  examples: [["wherry push hub.example.com/team/web:1", "to the hub that its name begins with"]],
  async run({ daemon, flags, args: [image = ""] }) {
    const name = parseImage(image);
    const tag = flags["all-tags"] ? undefined : (name.tag ?? "latest");
    if (name.tag === undefined && !flags["all-tags"] && !flags.quiet) say("Using default tag: latest");
    const lines = daemon.lines("POST", `/images/${imagePart(name.repository)}/push`, {
      query: { tag },
      headers: await authHeaders(image),
    });
    if (!flags.quiet) {
      const [whole = ""] = canonical(name).split(/:[^:/]+$/);
      say(`The push refers to repository [${whole}]`);
      await showProgress(withoutBanner(lines));
      return;
    }
    for await (const line of lines) if (line["error"] !== undefined) await showProgress(only(line));
    say(canonical(name));
  },
});

/** The engine says that too. */
async function* withoutBanner(lines: AsyncIterable<Record<string, unknown>>) {
  for await (const line of lines)
    if (!String(line["status"]).startsWith("The push refers to repository")) yield line;
}

async function* only(line: Record<string, unknown>) {
  yield line;
}
