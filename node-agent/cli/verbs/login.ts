import { hostname } from "node:os";
import { text as textOf } from "node:stream/consumers";
import { CommandError } from "../command-error.ts";
import type { Daemon } from "../client/daemon.ts";
import { startDeviceFlow, waitForToken } from "../device-flow.ts";
import { keepInDockerFile } from "../docker-config.ts";
import { isLoopback, keepLogin } from "../keep-login.ts";
import { text, texts, yes } from "../line/flags.ts";
import { verb } from "../line/verb.ts";
import { complain, say } from "../show/print.ts";

/** An access token for docker by one approval in the browser (RFC 8628), or the login with a password, as docker has it. */
export const login = verb({
  usage: "[flags] [HOST]",
  flags: {
    scope: texts(
      "what the token is for, such as repository:acme/web-*:pull (default: pull, push, delete and describe, wherever you may)",
      undefined,
      { value: "scope" },
    ),
    print: yes("print the token, and keep it nowhere"),
    username: text("sign in with a password or a token that you have, as this user", "u", { value: "user" }),
    "password-stdin": yes("read the password from standard input"),
  },
  takes: [0, 1],
  examples: [
    [
      "wherry login hub.example.com",
      "shows a code, waits until somebody approves it in the browser, and hands the access token to docker or podman; without HOST it is the hub of this machine, 127.0.0.1:5000",
    ],
    [
      "wherry login -u acme+ci --password-stdin hub.example.com <token",
      "for machines; the engine tries it first",
    ],
  ],
  async run({ daemon, flags, args: [place = "127.0.0.1:5000"] }) {
    const hub = readHub(place);
    if (flags.username !== undefined)
      return withPassword(daemon, hub, flags.username, flags["password-stdin"]);
    const stop = new AbortController();
    // More than once: a terminal sends Ctrl-C to the whole group, and a program above passes it on as well.
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => stop.abort());
    try {
      await byBrowser(hub, flags, stop.signal);
      return 0;
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      throw new CommandError("\nEnded early; nothing was kept.", 130, { cause: error });
    }
  },
});

async function byBrowser(
  hub: URL,
  flags: { scope: readonly string[]; print: boolean },
  stop: AbortSignal,
): Promise<void> {
  const scopes = flags.scope.length === 0 ? undefined : [...flags.scope];
  const flow = await startDeviceFlow(hub, { client: `wherry login on ${hostname()}`, scopes }, stop);
  // Standard output is for the token alone.
  process.stderr.write(
    `To sign in to ${hub.host}, open\n\n    ${flow.page}\n\nand type the code\n\n    ${flow.userCode}\n\nor open ${flow.pageWithCode}\n\nWaiting for somebody to approve it, for ${Math.round(flow.lifetime / 60_000)} minutes at most; Ctrl-C ends it.\n`,
  );
  const { user, token } = await waitForToken(hub, flow, stop);
  if (flags.print) say(token);
  else complain(await keepLogin({ host: hub.host, user, token }));
}

async function withPassword(daemon: Daemon, hub: URL, user: string, piped: boolean): Promise<void> {
  if (!piped)
    throw new CommandError(
      "a password is read with --password-stdin; without --username, `wherry login` needs none",
      125,
    );
  const password = (await textOf(process.stdin)).replace(/\r?\n$/, "");
  const answer = await daemon.post<{ Status?: string }>(
    "/auth",
    {},
    { username: user, password, serveraddress: hub.host },
  );
  await keepInDockerFile({ host: hub.host, user, token: password });
  say(answer.Status || "Login Succeeded");
}

/** A token must not travel in the clear, except to this very machine, as docker has it too. */
function readHub(place: string): URL {
  const scheme = isLoopback(place) ? "http" : "https";
  const url = URL.parse(place.includes("://") ? place : `${scheme}://${place}`);
  if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/" || url.search !== "" || url.hash !== "")
    throw new CommandError(
      `"${place}" is no HOST; it is written hub.example.com or hub.example.com:5000.`,
      2,
    );
  return url;
}
