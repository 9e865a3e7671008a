import { text, texts } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { filterQuery } from "../show/list.ts";
import { say } from "../show/print.ts";
import { moment, stampedNanoseconds } from "../show/times.ts";
import { compileTemplate, toJson } from "../template/index.ts";

interface EngineEvent {
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> | null };
  timeNano: bigint | number;
}

export const events = verb({
  usage: "[flags]",
  flags: {
    filter: texts("only what matches, as in `container=web`", "f", { value: "name=value" }),
    format: text("json, or a template such as `{{.Action}}`"),
    since: text("from this moment on: 2026-01-02T13:23:37Z, or 42m for that long ago", undefined, {
      value: "time",
    }),
    until: text("up to this moment, and then end", undefined, { value: "time" }),
  },
  takes: [0, 0],
  examples: [
    ["wherry events", "what happens, until Ctrl-C"],
    ["wherry events --since 1h --until 0s -f type=container", "what happened to containers in the last hour"],
  ],
  async run({ daemon, flags }) {
    const now = Date.now();
    const query = {
      since: moment(flags.since, now),
      until: moment(flags.until, now),
      filters: filterQuery(flags.filter),
    };
    const format = flags.format ?? "";
    const write = format === "" ? lineOf : format === "json" ? toJson : compileTemplate(format);
    for await (const event of daemon.lines("GET", "/events", { query })) say(write(event));
  },
});

function lineOf(value: unknown): string {
  const { Type, Action, Actor, timeNano } = value as EngineEvent;
  const attributes = Object.entries(Actor.Attributes ?? {})
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, text_]) => `${name}=${text_}`);
  const more = attributes.length === 0 ? "" : ` (${attributes.join(", ")})`;
  return `${stampedNanoseconds(BigInt(timeNano))} ${Type} ${Action} ${Actor.ID}${more}`;
}
