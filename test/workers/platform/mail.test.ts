import { describe, expect, it } from "vitest";
import { checkMailAddress, composeMail, readSender } from "../../../workers/platform/mail.ts";
import { ProviderMailer } from "../../../workers/platform/mail-provider.ts";
import { readSmtpServer, SmtpMailer } from "../../../workers/platform/mail-smtp.ts";

const from = { address: "hub@example.com", name: "Wherry" };
const message = { to: "alice@example.com", subject: "Hello", text: "Hello Alice", html: "<p>Hello Alice" };

const decode = (base64: string) =>
  new TextDecoder().decode(Uint8Array.from(atob(base64), (c) => c.charCodeAt(0)));

/** Headers, by name, and the parts decoded; as a mail program reads them. */
function read(mail: string) {
  const [head = "", , ...rest] = mail.split("\r\n\r\n");
  const lines = head.replaceAll(/\r\n[ \t]/g, " ").split("\r\n");
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]),
  );
  const words = (text = "") =>
    text.replaceAll(/=\?utf-8\?B\?([^?]*)\?= ?/g, (_, word: string) => decode(word));
  return {
    names: lines.map((line) => line.slice(0, line.indexOf(":"))),
    subject: words(headers.get("Subject")),
    to: headers.get("To"),
    parts: rest.map((part) => part.split("\r\n--")[0]?.replaceAll("\r\n", "") ?? "").map(decode),
  };
}

describe("a mail", () => {
  it("has what was written, in any script", () => {
    const written = {
      ...message,
      subject: `${"Größe ".repeat(20)}🚢`,
      text: "Grüße 🚢\n.\n..",
      html: "<p>Grüße",
    };
    const mail = composeMail(from, written, 0);
    expect(read(mail)).toMatchObject({
      subject: written.subject,
      to: message.to,
      parts: [written.text, written.html],
    });
    expect([...new TextEncoder().encode(mail)].every((byte) => byte < 128)).toBe(true);
    expect(Math.max(...mail.split("\r\n").map((line) => line.length))).toBeLessThanOrEqual(78);
    expect(mail).toContain("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n");
  });

  it.each([
    ["Hello\r\nBcc: eve@example.com"],
    ["Hello\nBcc: eve@example.com"],
    ["Hello\r\n\r\nanother body"],
    ["=?utf-8?B?DQpCY2M6?="],
  ])("takes no header from its subject: %j", (subject) => {
    const { names, subject: told, parts } = read(composeMail(from, { ...message, subject }, 0));
    expect(names).toEqual([
      "From",
      "To",
      "Subject",
      "Date",
      "Message-ID",
      "Auto-Submitted",
      "MIME-Version",
      "Content-Type",
    ]);
    expect([told, parts.length]).toEqual([subject, 2]);
  });

  it.each([
    ["alice@example.com\r\nBcc: eve@example.com"],
    ["alice@example.com, eve@example.com"],
    ["alice@example.com>\r\nRCPT TO:<eve@example.com"],
    ["<alice@example.com>"],
    ['"alice@evil.example"@example.com'],
    ["alice@example.com\u0000"],
    ["alice@exämple.com"],
    ["alice@localhost"],
    ["alice"],
    [`${"a".repeat(250)}@example.com`],
  ])("goes to no such address: %j", (to) => {
    expect(() => checkMailAddress(to)).toThrow(/is no e-mail address/);
    expect(() => composeMail(from, { ...message, to }, 0)).toThrow(/is no e-mail address/);
  });

  it("is from whom MAIL_FROM says", () => {
    expect(readSender("hub@example.com")).toEqual({ name: "", address: "hub@example.com" });
    expect(readSender("The hub <hub@example.com>")).toEqual({ name: "The hub", address: "hub@example.com" });
    expect(() => readSender("hub")).toThrow(/MAIL_FROM/);
  });
});

/** A mail server that says these lines, one for each that it is sent. */
function server(replies: string[]) {
  const heard: string[] = [];
  let say: ReadableStreamDefaultController<Uint8Array> | undefined;
  const speak = () => say?.enqueue(new TextEncoder().encode(replies.shift() ?? ""));
  const socket = {
    readable: new ReadableStream<Uint8Array>({
      start(controller) {
        say = controller;
        speak();
      },
    }),
    writable: new WritableStream<Uint8Array>({
      write(chunk) {
        heard.push(new TextDecoder().decode(chunk));
        speak();
      },
    }),
    closed: Promise.resolve(),
    close: async () => undefined,
    startTls: () => {
      heard.push("<TLS>");
      return socket;
    },
  };
  const connect = (() => socket) as unknown as ConstructorParameters<typeof SmtpMailer>[2];
  return { heard, connect };
}

const plain = "250-mail.example\r\n250 AUTH LOGIN PLAIN\r\n";
const accepted = ["250 ok\r\n", "250 ok\r\n", "354 go on\r\n", "250 queued\r\n", "221 bye\r\n"];
const smtp = (url: string, connect: ConstructorParameters<typeof SmtpMailer>[2]) =>
  new SmtpMailer(readSmtpServer(new URL(url)), from, connect);

describe("by SMTP", () => {
  it("a mail goes to a server without a password; dots at the beginning of lines are doubled", async () => {
    const { heard, connect } = server(["220 mail.example\r\n", "250 mail.example\r\n", ...accepted]);
    await smtp("smtp://mail.example", connect).send(message);
    expect(heard.slice(0, 4)).toEqual([
      "EHLO [127.0.0.1]\r\n",
      "MAIL FROM:<hub@example.com>\r\n",
      "RCPT TO:<alice@example.com>\r\n",
      "DATA\r\n",
    ]);
    expect(heard[4]).toMatch(/\r\n\.\r\n$/);
    expect(heard[4]?.slice(0, -5)).not.toMatch(/^\.[^.]/m);
  });

  it("TLS begins before the password is sent, and the offers of before count no more", async () => {
    const replies = [
      "220 hi\r\n",
      "250-x\r\n250 STARTTLS\r\n",
      "220 go\r\n",
      plain,
      "235 ok\r\n",
      ...accepted,
    ];
    const { heard, connect } = server(replies);
    await smtp("smtp://hub:s%40crt@mail.example:587", connect).send(message);
    expect(heard.slice(0, 5)).toEqual([
      "EHLO [127.0.0.1]\r\n",
      "STARTTLS\r\n",
      "<TLS>",
      "EHLO [127.0.0.1]\r\n",
      `AUTH PLAIN ${btoa("\0hub\0s@crt")}\r\n`,
    ]);
  });

  it("a password is not sent where TLS is not offered", async () => {
    const { heard, connect } = server(["220 hi\r\n", plain]);
    await expect(smtp("smtp://hub:secret@mail.example", connect).send(message)).rejects.toThrow(/no TLS/);
    expect(heard.join("")).not.toContain("AUTH");
  });

  it("a server that speaks before TLS has begun is not believed", async () => {
    const { connect } = server(["220 hi\r\n", "250-x\r\n250 STARTTLS\r\n", "220 go\r\n250 AUTH PLAIN\r\n"]);
    await expect(smtp("smtp://mail.example", connect).send(message)).rejects.toThrow(/out of turn/);
  });

  it("AUTH LOGIN is spoken where PLAIN is not", async () => {
    const replies = [
      "220 hi\r\n",
      "250-x\r\n250 AUTH LOGIN\r\n",
      "334 u\r\n",
      "334 p\r\n",
      "235 ok\r\n",
      ...accepted,
    ];
    const { heard, connect } = server(replies);
    await smtp("smtps://hub:secret@mail.example", connect).send(message);
    expect(heard.slice(1, 4)).toEqual(["AUTH LOGIN\r\n", `${btoa("hub")}\r\n`, `${btoa("secret")}\r\n`]);
  });

  it.each([
    ["refuses", ["220 hi\r\n", "250 x\r\n", "250 ok\r\n", "550 no such user\r\n"], /550 no such user/],
    ["says nonsense", ["HTTP/1.1 400 Bad Request\r\n"], /is no reply/],
    ["says no end", ["x".repeat(100_000)], /does not end/],
  ])("a server that %s fails the mail", async (_, replies, error) => {
    await expect(smtp("smtp://mail.example", server(replies).connect).send(message)).rejects.toThrow(error);
  });
});

describe("by a provider", () => {
  it("a mail is posted with the key, which is in no address", async () => {
    const requests: Request[] = [];
    const fetcher: typeof fetch = async (input, init) => {
      requests.push(new Request(input, init));
      return Response.json({ id: "1" });
    };
    await new ProviderMailer(new URL("https://:k%2Fy@api.example/emails"), from, fetcher).send(message);
    const [request] = requests;
    expect(request?.url).toBe("https://api.example/emails");
    expect(request?.headers.get("Authorization")).toBe("Bearer k/y");
    expect(await request?.json()).toEqual({
      ...message,
      from: "Wherry <hub@example.com>",
      to: ["alice@example.com"],
    });
  });

  it("that answers anything but success fails the mail, so that it is tried again", async () => {
    const mailer = new ProviderMailer(
      new URL("https://api.example/"),
      from,
      async () => new Response("", { status: 503 }),
    );
    await expect(mailer.send(message)).rejects.toThrow(/503/);
  });
});
