import path from "node:path";
import { parseArgs } from "node:util";
import { readHubSettings } from "./hub-settings.ts";
import { Refusal } from "./refusal.ts";

/** What the server was asked for, by flags and environment; a flag wins over its variable. */
export interface ServeOptions {
  host: string;
  /** 0: any free port. */
  port: number;
  /** Absolute path of the data directory. */
  data: string;
  /** Address people reach the hub at; undefined: whatever host a request came to. */
  publicUrl: string | undefined;
  /** First access token of the user `admin`; undefined: one is made. */
  adminToken: string | undefined;
  /** How long an uploaded blob that no manifest names is kept, in seconds; undefined: what wrangler.toml says. */
  garbageGrace: string | undefined;
  /** Everybody comes through a proxy, which says where they come from in X-Forwarded-For. */
  behindProxy: boolean;
  /** Settings of the hub itself, by their names there. */
  hub: Record<string, string>;
}

export const help = `Usage: npm start -- [flags]

Runs the registry on this machine and keeps everything under one directory.

  --port <number>        port to listen on (WHERRY_PORT; default 5000; 0: any free one)
  --host <address>       address to listen on (WHERRY_HOST; default 127.0.0.1, this machine only)
  --data <directory>     where everything is kept (WHERRY_DATA; default ./.wherry)
  --public-url <url>     address that clients reach the server at, when a proxy stands in front (WHERRY_PUBLIC_URL)
  --behind-proxy         clients reach the server through a proxy only; their addresses are what it says in X-Forwarded-For
                         (WHERRY_BEHIND_PROXY=yes)
  --help                 this text

Environment only:
  WHERRY_ADMIN_TOKEN              first access token of the user admin, in place of a generated one; read on first start
  WHERRY_GARBAGE_GRACE_SECONDS    how long an uploaded blob that no manifest names is kept (default 86400)
  WHERRY_SIGN_UP                  who may make an account: open (default), invitation or closed
  WHERRY_MAIL_URL, …              mail, sign-in with GitHub and others, passwords: see docs/operate.md`;

/** As short as the hub accepts the first token (workers/auth/administrator.ts). */
const minimumTokenLength = 12;

/**
 * The options, or `help` when that is asked for. The one place that reads the environment.
 *
 * @throws Refusal of exit code 2, naming the flag or variable and its value.
 */
export function readOptions(args: readonly string[], environment: NodeJS.ProcessEnv): ServeOptions | "help" {
  const flags = parseFlags(args);
  if (flags.help) return "help";
  const pick = (flag: "port" | "host" | "data" | "public-url", variable: string) => {
    const [name, value] =
      flags[flag] === undefined ? [variable, environment[variable]] : [`--${flag}`, flags[flag]];
    if (value === "" && name !== variable) throw misuse(`${name} has no value`);
    return { name, value: value === "" ? undefined : value };
  };
  const publicUrl = readUrl(pick("public-url", "WHERRY_PUBLIC_URL"));
  return {
    host: readHost(pick("host", "WHERRY_HOST")),
    port: readPort(pick("port", "WHERRY_PORT")),
    data: path.resolve(pick("data", "WHERRY_DATA").value ?? ".wherry"),
    publicUrl,
    adminToken: readToken(environment["WHERRY_ADMIN_TOKEN"]),
    garbageGrace: readSeconds(environment["WHERRY_GARBAGE_GRACE_SECONDS"]),
    behindProxy: flags["behind-proxy"] ?? readYes("WHERRY_BEHIND_PROXY", environment["WHERRY_BEHIND_PROXY"]),
    hub: readHubSettings(environment, publicUrl),
  };
}

interface Setting {
  name: string;
  value: string | undefined;
}

function parseFlags(args: readonly string[]) {
  try {
    const text = { type: "string" } as const;
    const options = {
      port: text,
      host: text,
      data: text,
      "public-url": text,
      "behind-proxy": { type: "boolean" },
      help: { type: "boolean", short: "h" },
    } as const;
    return parseArgs({ args: [...args], options }).values;
  } catch (error) {
    // Node's first sentence names the flag; the ones behind it explain parseArgs.
    throw misuse((error as Error).message.split(/\.\s|\n/)[0] ?? "the command line cannot be read");
  }
}

function readHost({ name, value = "127.0.0.1" }: Setting): string {
  if (!/^[\w.:-]+$/.test(value)) throw misuse(`${name} is "${value}", which is no address`);
  return value;
}

function readPort({ name, value = "5000" }: Setting): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535)
    throw misuse(`${name} is "${value}"; a port is a number from 0 to 65535`);
  return port;
}

function readUrl({ name, value }: Setting): string | undefined {
  if (value === undefined) return undefined;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw misuse(
      `${name} is "${value}"; it takes an address such as https://hub.example.com, without a path`,
    );
  return url.origin;
}

function readToken(value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (value.length < minimumTokenLength || /\s/.test(value))
    throw misuse(`WHERRY_ADMIN_TOKEN needs ${minimumTokenLength} characters or more, none of them a space`);
  return value;
}

function readSeconds(value: string | undefined): string | undefined {
  if (value === undefined || value === "") return undefined;
  if (!/^\d+$/.test(value))
    throw misuse(`WHERRY_GARBAGE_GRACE_SECONDS is "${value}"; it takes a number of seconds, such as 86400`);
  return value;
}

function readYes(name: string, value: string | undefined): boolean {
  if (value !== undefined && !["", "yes", "no"].includes(value))
    throw misuse(`${name} is "${value}"; it is yes or no`);
  return value === "yes";
}

function misuse(message: string): Refusal {
  return new Refusal(`${message}. \`npm start -- --help\` lists what there is.`, { exitCode: 2 });
}
