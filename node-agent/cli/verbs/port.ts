import { CommandError } from "../command-error.ts";
import { part } from "../client/daemon.ts";
import type { ContainerDetails } from "../client/shapes.ts";
import { verb } from "../line/verb.ts";
import { say } from "../show/print.ts";

export const port = verb({
  usage: "CONTAINER [PORT[/PROTOCOL]]",
  flags: {},
  takes: [1, 2],
  offers: ["running", "nothing"],
  examples: [
    ["wherry port web", "where each of its ports is found"],
    ["wherry port web 80", "where one is"],
  ],
  async run({ daemon, args: [name = "", wanted] }) {
    const { NetworkSettings } = await daemon.get<ContainerDetails>(`/containers/${part(name)}/json`);
    const ports = NetworkSettings.Ports ?? {};
    const places = (key: string) =>
      (ports[key] ?? []).map(
        ({ HostIp, HostPort }) => `${HostIp.includes(":") ? `[${HostIp}]` : HostIp}:${HostPort}`,
      );
    if (wanted !== undefined) {
      const found = places(wanted.includes("/") ? wanted : `${wanted}/tcp`);
      if (found.length === 0) throw new CommandError(`no public port '${wanted}' published for ${name}`);
      for (const place of found) say(place);
      return;
    }
    const number = (key: string) => Number.parseInt(key, 10);
    const keys = Object.keys(ports).toSorted((a, b) => number(a) - number(b) || a.localeCompare(b));
    for (const key of keys) for (const place of places(key)) say(`${key} -> ${place}`);
  },
});
