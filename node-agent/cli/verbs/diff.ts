import { part } from "../client/daemon.ts";
import { verb } from "../line/verb.ts";
import { say } from "../show/print.ts";

const letters = ["C", "A", "D"];

export const diff = verb({
  usage: "CONTAINER",
  flags: {},
  takes: [1, 1],
  offers: ["containers", "nothing"],
  examples: [["wherry diff web", "what it has added (A), changed (C) and deleted (D)"]],
  async run({ daemon, args: [name = ""] }) {
    const changes = await daemon.get<{ Path: string; Kind: number }[] | null>(
      `/containers/${part(name)}/changes`,
    );
    for (const { Path, Kind } of changes ?? []) say(`${letters[Kind] ?? "?"} ${Path}`);
  },
});
