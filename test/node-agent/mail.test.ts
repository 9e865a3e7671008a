import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { Server } from "../support/server.ts";

/** A mail server for one conversation at a time; without TLS, which workerd takes from known authorities only. */
class MailServer {
  readonly #server = createServer((socket) => this.#converse(socket));
  readonly #mail = Promise.withResolvers<string>();
  /** What it was sent, line by line, without the mail itself. */
  readonly commands: string[] = [];

  /** The first mail it takes. */
  get mail(): Promise<string> {
    return this.#mail.promise;
  }

  async listen(): Promise<number> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return (this.#server.address() as AddressInfo).port;
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, "close");
  }

  #converse(socket: Socket): void {
    const say = (line: string) => socket.write(`${line}\r\n`);
    let text = "";
    let mail: string | undefined;
    socket.on("error", () => socket.destroy());
    socket.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
      for (;;) {
        const end = mail === undefined ? text.indexOf("\r\n") : text.indexOf("\r\n.\r\n");
        if (end < 0) return;
        const said = text.slice(0, end);
        text = text.slice(end + (mail === undefined ? 2 : 5));
        if (mail !== undefined) {
          this.#mail.resolve(said);
          mail = undefined;
          say("250 queued");
          continue;
        }
        this.commands.push(said);
        const [verb = ""] = said.split(" ");
        if (verb === "EHLO") say("250-mail.example\r\n250 8BITMIME");
        else if (verb === "DATA") {
          mail = "";
          say("354 go on");
        } else if (verb === "QUIT") socket.end("221 bye\r\n");
        else say("250 ok");
      }
    });
    say("220 mail.example");
  }
}

async function post(server: Server, path: string, body: object): Promise<void> {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: { Authorization: `Bearer ${server.adminToken}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  expect([path, response.status]).toEqual([path, 201]);
}

test("the server sends its mail to the mail server that WHERRY_MAIL_URL names", async () => {
  const mailServer = new MailServer();
  const port = await mailServer.listen();
  await using server = await Server.start({
    env: {
      WHERRY_PUBLIC_URL: "https://hub.example",
      WHERRY_MAIL_URL: `smtp://127.0.0.1:${port}`,
      WHERRY_MAIL_FROM: "Hub <hub@example.com>",
    },
  });
  await post(server, "/api/v1/organizations", { name: "acme" });
  await post(server, "/api/v1/organizations/acme/invitations", {
    emails: ["alice@example.com"],
    role: "member",
  });
  const mail = await mailServer.mail;
  expect(mailServer.commands.slice(0, 4)).toEqual([
    "EHLO [127.0.0.1]",
    "MAIL FROM:<hub@example.com>",
    "RCPT TO:<alice@example.com>",
    "DATA",
  ]);
  const [, , part = ""] = mail.split("\r\n\r\n");
  const text = Buffer.from(part.split("\r\n--")[0] ?? "", "base64").toString("utf8");
  expect(text).toContain("acme");
  expect(text).toContain("https://hub.example/");
  await mailServer.close();
});
