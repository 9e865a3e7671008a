import { CommandError } from "../command-error.ts";

/** Where the engine listens. */
export type Address = { kind: "unix"; path: string } | { kind: "tcp"; host: string; port: number };

const usual = "unix:///run/wherry/wherry.sock";

/**
 * Where the engine is: -H, else WHERRY_ENGINE, else DOCKER_HOST, else the default of `wherry agent`.
 *
 * @throws CommandError of code 125 for what is no address.
 */
export function chooseAddress(flag: string | undefined, environment: NodeJS.ProcessEnv): Address {
  const text = flag || environment["WHERRY_ENGINE"] || environment["DOCKER_HOST"] || usual;
  if (text.startsWith("unix://") && text.length > 7) return { kind: "unix", path: text.slice(7) };
  if (text.startsWith("/")) return { kind: "unix", path: text };
  const url = URL.parse(text.replace(/^tcp:/, "http:"));
  if (text.startsWith("tcp://") && url !== null && url.hostname !== "")
    return { kind: "tcp", host: url.hostname.replaceAll(/[[\]]/g, ""), port: Number(url.port || 2375) };
  throw new CommandError(
    `"${text}" is no address of an engine; it is written unix:///path or tcp://host:port`,
    125,
  );
}

export function nameOf(address: Address): string {
  return address.kind === "unix" ? `unix://${address.path}` : `tcp://${address.host}:${address.port}`;
}
