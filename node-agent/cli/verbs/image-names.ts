import { imagePart } from "../client/daemon.ts";
import { parseImage } from "../client/image-name.ts";
import { texts, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { each } from "../show/each.ts";
import { say } from "../show/print.ts";

export const tag = verb({
  usage: "IMAGE NAME[:TAG]",
  flags: {},
  takes: [2, 2],
  offers: ["images", "images"],
  examples: [["wherry tag web hub.example.com/team/web:1", "another name, which it can be pushed by"]],
  async run({ daemon, args: [image = "", to = ""] }) {
    const { repository, tag: wanted } = parseImage(to);
    await daemon.post(`/images/${imagePart(image)}/tag`, { repo: repository, tag: wanted ?? "latest" });
  },
});

export const rmi = verb({
  usage: "[flags] IMAGE...",
  flags: {
    force: yes("also one that several names or stopped containers have", "f"),
    "no-prune": yes("keep the images without a name that it stands on"),
    platform: texts("one platform of it alone"),
  },
  takes: [1, any],
  offers: ["images", "images"],
  examples: [["wherry rmi web:1", "takes the name away, and the image when it was the last one"]],
  run: ({ daemon, flags, args }) =>
    each(args, async (image) => {
      const query = { force: flags.force, noprune: flags["no-prune"], platforms: flags.platform };
      const path = `/images/${imagePart(image)}`;
      for (const { Untagged, Deleted } of await daemon.remove<{ Untagged?: string; Deleted?: string }[]>(
        path,
        query,
      ))
        say(Untagged === undefined ? `Deleted: ${Deleted}` : `Untagged: ${Untagged}`);
    }),
});
