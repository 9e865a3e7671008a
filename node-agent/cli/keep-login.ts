import { CommandError } from "./command-error.ts";
import { keepInDockerFile } from "./docker-config.ts";
import { runOwn } from "./own-program.ts";

export interface Login {
  /** Host and port of the hub. */
  host: string;
  user: string;
  token: string;
}

/**
 * Hands a login to the client that is here: docker, else podman, which keep it as they are set up to; without either, it goes into
 * docker's file, for what is installed later.
 *
 * @returns what happened, as a sentence.
 * @throws CommandError with the client's own words when it refuses.
 */
export async function keepLogin(login: Login): Promise<string> {
  const { host, user, token } = login;
  for (const client of ["docker", "podman"]) {
    const insecure = client === "podman" && isLoopback(host) ? ["--tls-verify=false"] : [];
    const args = ["login", ...insecure, "--username", user, "--password-stdin", host];
    const outcome = await runOwn(client, args, token);
    if (outcome?.code === 0) return `Signed in to ${host} as ${user}; ${client} has kept it.`;
    if (outcome)
      throw new CommandError(
        `The token was made, but ${client} did not take it:\n${outcome.said}\nRevoke it in your settings. \`wherry login --print\` makes one that you hand over yourself.`,
      );
  }
  return `Signed in to ${host} as ${user}; kept in ${await keepInDockerFile(login)}.`;
}

/** Where the hub is this machine, and speaks HTTP. docker knows that by itself. */
export function isLoopback(host: string): boolean {
  return /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/.test(host);
}
