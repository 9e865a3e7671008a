import { hostname } from "node:os";
import { parseArgs } from "node:util";
import { CommandError } from "./command-error.ts";
import { startDeviceFlow, waitForToken } from "./device-flow.ts";
import { isLoopback, keepLogin } from "./keep-login.ts";

const help = `Usage: wherry login [flags] [HOST]

Signs docker or podman in to a Wherry hub: shows a code, waits until somebody
approves it in the browser, and hands the access token over. HOST is the hub's
address (default 127.0.0.1:5000).

  --scope <scope>   what the token is for, such as repository:acme/web-*:pull;
                    can be given several times (default: pull, push, delete and
                    describe, wherever you may)
  --print           print the token, and keep it nowhere
  --help            this text`;

/** `wherry login`: an access token for docker by one approval in the browser (RFC 8628). */
export async function login(args: readonly string[], stop: AbortSignal): Promise<void> {
  const options = readOptions(args);
  if (options === "help") {
    process.stdout.write(`${help}\n`);
    return;
  }
  const { hub, print, scopes } = options;
  const flow = await startDeviceFlow(hub, { client: `wherry login on ${hostname()}`, scopes }, stop);
  // Standard output is for the token alone.
  process.stderr.write(
    `To sign in to ${hub.host}, open\n\n    ${flow.page}\n\nand type the code\n\n    ${flow.userCode}\n\nor open ${flow.pageWithCode}\n\nWaiting for somebody to approve it, for ${Math.round(flow.lifetime / 60_000)} minutes at most; Ctrl-C ends it.\n`,
  );
  const { user, token } = await waitForToken(hub, flow, stop);
  if (print) process.stdout.write(`${token}\n`);
  else process.stderr.write(`${await keepLogin({ host: hub.host, user, token })}\n`);
}

interface Options {
  hub: URL;
  print: boolean;
  scopes: string[] | undefined;
}

function readOptions(args: readonly string[]): Options | "help" {
  const { values, positionals } = parse(args);
  if (values.help) return "help";
  if (positionals.length > 1)
    throw new CommandError(`One HOST at a time, not ${positionals.join(" and ")}.`, 2);
  return {
    hub: readHub(positionals[0] ?? "127.0.0.1:5000"),
    print: values.print ?? false,
    scopes: values.scope,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        scope: { type: "string", multiple: true },
        print: { type: "boolean" },
        help: { type: "boolean", short: "h" },
      },
    });
  } catch (error) {
    // Node's first sentence names the flag; the ones behind it explain parseArgs.
    const [said = ""] = (error as Error).message.split(/\.\s|\n/);
    throw new CommandError(`${said}. \`wherry login --help\` lists what there is.`, 2);
  }
}

/** A token must not travel in the clear, except to this very machine, as docker has it too. */
function readHub(text: string): URL {
  const scheme = isLoopback(text) ? "http" : "https";
  const url = URL.parse(text.includes("://") ? text : `${scheme}://${text}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new CommandError(`"${text}" is no HOST; it is written hub.example.com or hub.example.com:5000.`, 2);
  return url;
}
