import { connect as connectSocket } from "cloudflare:sockets";
import { within } from "./deadline.ts";
import { composeMail, type Mailer, type MailMessage, type Sender } from "./mail.ts";
import { SmtpLines } from "./mail-smtp-lines.ts";

/** How long a mail server may take over one mail, in milliseconds. */
const deadline = 30_000;

export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte on (smtps). Otherwise STARTTLS, where the server offers it. */
  tls: boolean;
  user: string;
  password: string;
}

/** @throws Error naming MAIL_URL. */
export function readSmtpServer(url: URL): SmtpServer {
  const tls = url.protocol === "smtps:";
  if (url.hostname === "")
    throw new Error("MAIL_URL names no host; it is written smtp://user:password@host:587");
  return {
    host: url.hostname.replace(/^\[|\]$/g, ""),
    port: Number(url.port || (tls ? 465 : 587)),
    tls,
    user: decodeURIComponent(url.username),
    password: decodeURIComponent(url.password),
  };
}

/** Sends mail by SMTP (RFC 5321): one connection for each. */
export class SmtpMailer implements Mailer {
  readonly #server: SmtpServer;
  readonly #from: Sender;
  readonly #connect: typeof connectSocket;

  constructor(server: SmtpServer, from: Sender, connect: typeof connectSocket = connectSocket) {
    this.#server = server;
    this.#from = from;
    this.#connect = connect;
  }

  /** @throws Error with the server's answer when it refuses; HubError `unavailable` when it takes too long. */
  async send(message: MailMessage): Promise<void> {
    const { host, port, tls } = this.#server;
    const socket = this.#connect(
      { hostname: host, port },
      { secureTransport: tls ? "on" : "starttls", allowHalfOpen: false },
    );
    // Its failures are those of what is read and written.
    socket.closed.catch(() => undefined);
    const open = { socket };
    try {
      await within(this.#converse(open, message), deadline, `the mail server ${host}`);
    } finally {
      await open.socket.close().catch(() => undefined);
    }
  }

  async #converse(open: { socket: Socket }, message: MailMessage): Promise<void> {
    let lines = new SmtpLines(open.socket);
    await lines.expect(220);
    let offers = await greet(lines);
    let secure = this.#server.tls;
    if (!secure && offers.has("STARTTLS")) {
      await lines.ask("STARTTLS", 220);
      lines.release();
      open.socket = open.socket.startTls({ expectedServerHostname: this.#server.host });
      open.socket.closed.catch(() => undefined);
      lines = new SmtpLines(open.socket);
      offers = await greet(lines);
      secure = true;
    }
    await this.#signIn(lines, offers, secure);
    await lines.ask(`MAIL FROM:<${this.#from.address}>`, 250);
    await lines.ask(`RCPT TO:<${message.to}>`, 250);
    await lines.ask("DATA", 354);
    // A line of one dot ends the mail, so a dot that begins a line is doubled (RFC 5321, section 4.5.2).
    const mail = composeMail(this.#from, message, Date.now()).replace(/^\./gm, "..");
    await lines.ask(`${mail}\r\n.`, 250);
    // The mail has been taken; how the server parts is all the same.
    await lines.ask("QUIT", 221).catch(() => undefined);
  }

  async #signIn(lines: SmtpLines, offers: ReadonlyMap<string, string>, secure: boolean): Promise<void> {
    const { user, password, host } = this.#server;
    if (user === "") return;
    if (!secure)
      throw new Error(
        `the mail server ${host} offers no TLS, and a password is not sent without; use smtps://`,
      );
    const ways = (offers.get("AUTH") ?? "").toUpperCase().split(" ");
    if (ways.includes("PLAIN")) {
      await lines.ask(`AUTH PLAIN ${base64(`\0${user}\0${password}`)}`, 235);
    } else if (ways.includes("LOGIN")) {
      await lines.ask("AUTH LOGIN", 334);
      await lines.ask(base64(user), 334);
      await lines.ask(base64(password), 235);
    } else throw new Error(`the mail server ${host} takes neither AUTH PLAIN nor AUTH LOGIN`);
  }
}

/** What the server offers, by keyword. */
async function greet(lines: SmtpLines): Promise<Map<string, string>> {
  const [, ...offers] = await lines.ask("EHLO [127.0.0.1]", 250);
  return new Map(
    offers.map((offer) => {
      const [keyword = "", ...rest] = offer.split(" ");
      return [keyword.toUpperCase(), rest.join(" ")];
    }),
  );
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}
