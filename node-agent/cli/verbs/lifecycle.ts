import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import { text, whole, yes } from "../line/flags.ts";
import { any, verb } from "../line/verb.ts";
import { parseRestart } from "../request/limits.ts";
import { resourceFlags, resourcesOf } from "../request/resources.ts";
import { each, eachNamed } from "../show/each.ts";
import { complain, say } from "../show/print.ts";
import { waitFor } from "../terminal/exit.ts";

const several = { usage: "[flags] CONTAINER...", takes: [1, any] as const };

const stopFlags = {
  signal: text("the signal that asks it to stop", "s"),
  time: whole("seconds between that and being killed; -1 for any time", "t"),
  timeout: whole("the same as --time"),
};

export const stop = verb({
  ...several,
  flags: stopFlags,
  offers: ["running", "running"],
  examples: [["wherry stop -t 30 web", "asks it to end, and kills it after 30 seconds"]],
  run: ({ daemon, flags: { signal, time, timeout }, args }) =>
    eachNamed(args, (name) => daemon.post(`/containers/${part(name)}/stop`, { signal, t: time ?? timeout })),
});

export const restart = verb({
  ...several,
  flags: stopFlags,
  offers: ["containers", "containers"],
  examples: [["wherry restart web", "stops and starts it"]],
  run: ({ daemon, flags: { signal, time, timeout }, args }) =>
    eachNamed(args, (name) =>
      daemon.post(`/containers/${part(name)}/restart`, { signal, t: time ?? timeout }),
    ),
});

export const kill = verb({
  ...several,
  flags: { signal: text("the signal, such as HUP (default KILL)", "s") },
  offers: ["running", "running"],
  examples: [["wherry kill -s HUP web", "has it read its settings again"]],
  run: ({ daemon, flags: { signal }, args }) =>
    eachNamed(args, (name) => daemon.post(`/containers/${part(name)}/kill`, { signal: signal ?? "KILL" })),
});

export const pause = verb({
  ...several,
  flags: {},
  offers: ["running", "running"],
  examples: [["wherry pause web", "it stands still until `wherry unpause web`"]],
  run: ({ daemon, args }) => eachNamed(args, (name) => daemon.post(`/containers/${part(name)}/pause`)),
});

export const unpause = verb({
  ...several,
  flags: {},
  offers: ["running", "running"],
  examples: [["wherry unpause web", "it goes on"]],
  run: ({ daemon, args }) => eachNamed(args, (name) => daemon.post(`/containers/${part(name)}/unpause`)),
});

export const wait = verb({
  ...several,
  flags: {},
  offers: ["running", "running"],
  examples: [["wherry wait job", "prints its exit code when it has ended"]],
  run: ({ daemon, args }) =>
    each(args, async (name) => {
      const ended = await waitFor(daemon, part(name), "not-running");
      say(String(await ended()));
    }),
});

export const rm = verb({
  ...several,
  flags: {
    force: yes("also one that runs", "f"),
    link: yes("only the link", "l"),
    volumes: yes("with its anonymous volumes", "v"),
  },
  offers: ["containers", "containers"],
  examples: [["wherry rm -f web", "ends it and removes it"]],
  run: ({ daemon, flags: { force, link, volumes }, args }) =>
    eachNamed(args, async (name) => {
      const path = `/containers/${part(name.replace(/^\//, ""))}`;
      await daemon.remove(path, { force, link, v: volumes }).catch((error: unknown) => {
        // rm -f is content with what is gone already, as docker's is.
        if (force && error instanceof Error && /no such container/i.test(error.message))
          complain(error.message);
        else throw error;
      });
    }),
});

export const rename = verb({
  usage: "CONTAINER NAME",
  takes: [2, 2],
  flags: {},
  offers: ["containers", "nothing"],
  examples: [["wherry rename web site", "the container web is called site from now on"]],
  async run({ daemon, args: [name = "", to = ""] }) {
    await daemon.post(`/containers/${part(name)}/rename`, { name: to });
  },
});

export const update = verb({
  ...several,
  flags: {
    ...resourceFlags,
    restart: text("when it is started again: no, always, unless-stopped or on-failure:3"),
  },
  offers: ["containers", "containers"],
  examples: [["wherry update --memory 1g --memory-swap 1g web", "another limit while it runs"]],
  async run({ daemon, flags, args }) {
    if (Object.values(flags).every((value) => value === undefined))
      throw new CommandError("you must provide one or more flags when using this command");
    const policy = flags.restart === undefined ? {} : { RestartPolicy: parseRestart(flags.restart) };
    const body = { ...resourcesOf(flags), ...policy };
    return eachNamed(args, async (name) => {
      const { Warnings } = await daemon.post<{ Warnings: string[] | null }>(
        `/containers/${part(name)}/update`,
        {},
        body,
      );
      for (const warning of Warnings ?? []) complain(warning);
    });
  },
});
