import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { nameOf } from "../client/address.ts";
import { type RegistryLogin, dockerConfigFile, loginFor } from "../client/credentials.ts";
import type { Daemon } from "../client/daemon.ts";
import { isLoopback } from "../keep-login.ts";
import { bad, type Finding, good, poor } from "./finding.ts";

/** Milliseconds that a registry may take. */
const deadline = 10_000;

/** What of a registry has been found out. */
export interface Registry {
  host: string;
  /** Its answer at /v2/, or why there is none. */
  answer: { status: number; challenge: string | null; date: string | null } | { failed: string };
}

/** The registry that is named, else the one of docker's file that one is signed in to; undefined when there is none. */
export async function registryToAsk(named: string | undefined): Promise<string | undefined> {
  if (named !== undefined) return named.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  const text = await readFile(dockerConfigFile(), "utf8").catch(() => "{}");
  try {
    const { auths = {} } = JSON.parse(text) as { auths?: Record<string, object> };
    return Object.keys(auths).find((host) => !host.includes("index.docker.io"));
  } catch {
    return undefined;
  }
}

const addressOf = (host: string) => `${isLoopback(host) ? "http" : "https"}://${host}`;

export async function askRegistry(host: string): Promise<Registry> {
  try {
    const { status, headers } = await fetch(`${addressOf(host)}/v2/`, {
      signal: AbortSignal.timeout(deadline),
    });
    return {
      host,
      answer: { status, challenge: headers.get("www-authenticate"), date: headers.get("date") },
    };
  } catch (error) {
    const { cause } = error as { cause?: unknown };
    return {
      host,
      answer: {
        failed: cause instanceof Error ? cause.message || cause.name : (error as Error).message,
      },
    };
  }
}

export function reachable({ host, answer }: Registry): Finding {
  if ("failed" in answer)
    return bad(`${host} does not answer: ${answer.failed}`, `curl -v ${addressOf(host)}/v2/`);
  if (answer.status === 200 || answer.status === 401) return good(`${host} answers`);
  return bad(
    `${host} answers ${answer.status} at /v2/, as no registry does`,
    "check the address, and a proxy in front of it",
  );
}

/** @param now milliseconds, when the answer came. */
export function timeSkew({ host, answer }: Registry, now: number): Finding {
  const there = "failed" in answer || answer.date === null ? Number.NaN : Date.parse(answer.date);
  if (Number.isNaN(there)) return poor("no clock to compare with", "wherry doctor <registry>");
  const seconds = Math.round((now - there) / 1000);
  const says = `this clock is ${Math.abs(seconds)} s ${seconds < 0 ? "behind" : "ahead of"} that of ${host}`;
  if (Math.abs(seconds) <= 5) return good(`this clock and that of ${host} agree`);
  return Math.abs(seconds) > 60
    ? bad(`${says}: logins fail`, "timedatectl set-ntp true")
    : poor(says, "timedatectl set-ntp true");
}

export async function names(host: string): Promise<Finding> {
  const name = host.replace(/:\d+$/, "").replaceAll(/[[\]]/g, "");
  if (isIP(name) !== 0) return good(`${name} is an address; no name has to be found`);
  try {
    const { address } = await lookup(name);
    return good(`${name} is ${address}`);
  } catch (error) {
    return bad(
      `${name} is not found: ${(error as Error).message}`,
      "look into /etc/resolv.conf: its servers must answer",
    );
  }
}

/** Whether the registry gives a token for the login that is kept. */
export async function loginValid(registry: Registry): Promise<Finding> {
  const { host, answer } = registry;
  const login = await loginFor(host);
  const again = `wherry login ${host}`;
  if (login === undefined) return poor(`nobody is signed in to ${host}`, again);
  if ("failed" in answer) return poor(`the login to ${host} could not be tried`, again);
  if (answer.status === 200) return good(`${host} wants none`);
  const status = await tryLogin(answer.challenge ?? "", login, host);
  if (status === 200) return good(`${host} knows ${login.username ?? "you"}`);
  return bad(`${host} refuses the login of ${login.username ?? "you"} (status ${status})`, again);
}

async function tryLogin(challenge: string, login: RegistryLogin, host: string): Promise<number> {
  const basic = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString("base64")}`;
  const field = (name: string) => new RegExp(`${name}="([^"]*)"`).exec(challenge)?.[1];
  const realm = field("realm");
  const bearer = /^bearer/i.test(challenge) && realm !== undefined ? URL.parse(realm) : null;
  // The password goes to where it is meant for: https, or this machine.
  if (bearer !== null && bearer.protocol !== "https:" && !isLoopback(bearer.host)) return 0;
  const place = bearer ?? new URL(`${addressOf(host)}/v2/`);
  if (bearer !== null) {
    place.searchParams.set("service", field("service") ?? "");
    if (login.username !== undefined) place.searchParams.set("account", login.username);
  }
  try {
    return (await fetch(place, { headers: { authorization: basic }, signal: AbortSignal.timeout(deadline) }))
      .status;
  } catch {
    return 0;
  }
}

export async function engine(daemon: Daemon): Promise<Finding> {
  const where = nameOf(daemon.address);
  try {
    const { Version, ApiVersion } = await daemon.get<{ Version: string; ApiVersion: string }>("/version");
    return good(`${where} answers, version ${Version}, API ${ApiVersion}`);
  } catch {
    return poor(`nobody answers at ${where}`, "wherry agent");
  }
}
