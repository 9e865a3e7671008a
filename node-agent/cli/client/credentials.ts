import { homedir } from "node:os";
import path from "node:path";
import { readOptional } from "../../host/files.ts";
import { CommandError } from "../command-error.ts";
import { runOwn } from "../own-program.ts";

/** Who a registry knows somebody as. */
export interface RegistryLogin {
  username?: string;
  password?: string;
  identitytoken?: string;
  serveraddress: string;
}

/** Docker Hub's place in docker's file. */
const hub = "https://index.docker.io/v1/";

/** The file that keeps logins, docker's own. */
export function dockerConfigFile(environment: NodeJS.ProcessEnv = process.env): string {
  return path.join(environment["DOCKER_CONFIG"] || path.join(homedir(), ".docker"), "config.json");
}

/** The host of an image's registry, as docker's file has it. */
function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : hub;
}

/** The login for a registry in docker's file, or of the credential helper that it names; undefined when there is none. @throws CommandError. */
export async function loginFor(registry: string): Promise<RegistryLogin | undefined> {
  const config = await readConfig();
  const helper = config.credHelpers?.[registry] ?? config.credsStore;
  if (helper) return askHelper(helper, registry);
  const found = Object.entries(config.auths ?? {}).find(
    ([name]) => name === registry || hostOf(name) === registry,
  )?.[1];
  if (found?.identitytoken) return { identitytoken: found.identitytoken, serveraddress: registry };
  const pair = Buffer.from(found?.auth ?? "", "base64").toString();
  const colon = pair.indexOf(":");
  if (colon < 1) return undefined;
  return { username: pair.slice(0, colon), password: pair.slice(colon + 1), serveraddress: registry };
}

/** The header that hands the login for an image's registry to the engine. @throws CommandError. */
export async function authHeaders(image: string): Promise<Record<string, string>> {
  const login = (await loginFor(registryOf(image))) ?? {};
  return { "x-registry-auth": Buffer.from(JSON.stringify(login)).toString("base64url") };
}

interface DockerConfig {
  auths?: Record<string, { auth?: string; identitytoken?: string }>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

async function readConfig(): Promise<DockerConfig> {
  const file = dockerConfigFile();
  const text = (await readOptional(file)) ?? "{}";
  try {
    return JSON.parse(text.trim() || "{}") as DockerConfig;
  } catch (cause) {
    throw new CommandError(`${file} is no JSON; put it right first.`, 1, { cause });
  }
}

async function askHelper(helper: string, registry: string): Promise<RegistryLogin | undefined> {
  if (!/^[\w.-]+$/.test(helper))
    throw new CommandError(`"${helper}" in ${dockerConfigFile()} is no name of a credential helper.`);
  const outcome = await runOwn(`docker-credential-${helper}`, ["get"], registry);
  if (outcome?.code !== 0) return undefined;
  const { Username = "", Secret = "" } = JSON.parse(outcome.said) as { Username?: string; Secret?: string };
  return Username === "<token>"
    ? { identitytoken: Secret, serveraddress: registry }
    : { username: Username, password: Secret, serveraddress: registry };
}

function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}
