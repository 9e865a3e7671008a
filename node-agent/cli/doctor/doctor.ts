import { text, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { say, styled } from "../show/print.ts";
import { wrap } from "../show/wrap.ts";
import type { Finding } from "./finding.ts";
import * as host from "./host.ts";
import * as network from "./network.ts";

export const doctor = verb({
  usage: "[flags] [REGISTRY]",
  flags: {
    data: text("where the engine keeps its data (default /var/lib/wherry)", undefined, {
      value: "directory",
      offers: "files",
    }),
    json: yes("as JSON, for machines"),
  },
  takes: [0, 1],
  examples: [
    [
      "wherry doctor",
      "examines this machine, and the registry that one is signed in to; ends with code 1 when something does not work",
    ],
    ["wherry doctor --json hub.example.com", "with another registry, for machines"],
  ],
  async run({ daemon, flags, args: [named] }) {
    const findings: (Finding & { name: string })[] = [];
    const width = Math.max(40, Math.min(100, process.stdout.columns ?? 80));
    const data = flags.data ?? "/var/lib/wherry";
    for await (const finding of examine(daemon, data, named)) {
      findings.push(finding);
      if (!flags.json) say(shown(finding, width));
    }
    const failing = findings.filter(({ verdict }) => verdict === "bad").length;
    if (flags.json) say(JSON.stringify({ healthy: failing === 0, findings }, undefined, 2));
    else say(failing === 0 ? "\nContainers can run here." : `\n${failing} of these must be mended first.`);
    return failing === 0 ? 0 : 1;
  },
});

type Examination = readonly [name: string, examine: () => Promise<Finding>];

/** One finding after the other, as they come. An examination that itself fails has found something bad. */
async function* examine(
  daemon: Parameters<typeof network.engine>[0],
  data: string,
  named: string | undefined,
) {
  const registry = await network.registryToAsk(named);
  const asked = registry === undefined ? undefined : network.askRegistry(registry);
  const here: readonly Examination[] = [
    ["kernel", host.kernel],
    ["cgroups", host.cgroups],
    ["overlay", () => host.overlay(data)],
    ["nft", host.nft],
    ["ip", () => host.program("ip", "iproute2", "makes the links of containers' networks")],
    ["tar", host.tar],
    ["runtime", host.runtime],
    ["conmon", () => host.program("conmon", "conmon", "watches over containers")],
    ["socat", () => host.program("socat", "socat", "writes to the standard input of containers")],
    ["disk", () => host.disk(data)],
    ["engine", () => network.engine(daemon)],
  ];
  const none: Finding = {
    verdict: "poor",
    says: "no registry is known",
    mend: "wherry login <registry>, or wherry doctor <registry>",
  };
  const there: readonly Examination[] =
    registry === undefined || asked === undefined
      ? [["registry", () => Promise.resolve(none)]]
      : [
          ["dns", () => network.names(registry)],
          ["registry", async () => network.reachable(await asked)],
          ["time", async () => network.timeSkew(await asked, Date.now())],
          ["login", async () => network.loginValid(await asked)],
        ];
  for (const [name, find] of [...here, ...there]) {
    const finding = await find().catch((error: unknown): Finding => ({
      verdict: "bad",
      says: `it could not be examined: ${(error as Error).message}`,
      mend: "run this as root",
    }));
    yield { name, ...finding };
  }
}

const marks = { good: ["green", "good"], poor: ["yellow", "poor"], bad: ["red", "BAD "] } as const;

function shown({ name, verdict, says, mend }: Finding & { name: string }, width: number): string {
  const [colour, mark] = marks[verdict];
  const [first = "", ...others] = wrap(says, width - 16);
  const lines = [
    `${styled(colour, mark)}  ${name.padEnd(9)} ${first}`,
    ...others.map((line) => " ".repeat(16) + line),
  ];
  if (mend !== undefined)
    lines.push(
      ...wrap(mend, width - 19).map((line, at) => `${" ".repeat(16)}${at === 0 ? "-> " : "   "}${line}`),
    );
  return lines.join("\n");
}
