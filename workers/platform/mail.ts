import { HubError } from "../shared/errors.ts";

/** One mail to one person. */
export interface MailMessage {
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** Sends mail. Throws when it could not, so that the queue tries again. */
export interface Mailer {
  send(message: MailMessage): Promise<void>;
}

const maximumAddressLength = 254;

/**
 * A mail address as nearly everybody has one: ASCII, no quotes, no comments, no route (RFC 5321, section 4.1.2, without what only
 * helps to smuggle a second recipient).
 */
const address =
  /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z][A-Za-z0-9-]{0,61}[A-Za-z0-9]$/;

/** Whether mail can go there as far as its spelling tells; whether anybody reads it only a mail tells. */
export function isMailAddress(text: string): boolean {
  return text.length <= maximumAddressLength && address.test(text);
}

/** @throws HubError `invalid`. */
export function checkMailAddress(text: string): string {
  if (!isMailAddress(text))
    throw new HubError(
      "invalid",
      `"${text.slice(0, 100)}" is no e-mail address that this hub can write to; give one such as alice@example.com`,
      { detail: { field: "email" } },
    );
  return text;
}

/** Who mail comes from: `hub@example.com`, or `The hub <hub@example.com>`. */
export interface Sender {
  address: string;
  name: string;
}

/** @throws Error naming MAIL_FROM. */
export function readSender(setting: string): Sender {
  const named = /^([^<>"\r\n]*)<([^<>]+)>$/.exec(setting.trim());
  const sender = named
    ? { name: (named[1] ?? "").trim(), address: (named[2] ?? "").trim() }
    : { name: "", address: setting.trim() };
  if (!address.test(sender.address))
    throw new Error(`MAIL_FROM is "${setting}"; it takes an address such as "Hub <hub@example.com>"`);
  return sender;
}

/**
 * The mail as it travels (RFC 5322): headers and, in base64, the plain text and the HTML. Nothing of what people typed gets into a header
 * unencoded.
 *
 * @param at milliseconds since 1970
 */
export function composeMail(from: Sender, message: MailMessage, at: number): string {
  const boundary = crypto.randomUUID();
  const id = `${crypto.randomUUID()}@${from.address.slice(from.address.indexOf("@") + 1)}`;
  const part = (type: string, content: string) => [
    `--${boundary}`,
    `Content-Type: ${type}; charset=utf-8`,
    "Content-Transfer-Encoding: base64",
    "",
    ...lines(base64(content), 76),
  ];
  return [
    `From: ${from.name ? `${encodeWords(from.name)} <${from.address}>` : from.address}`,
    `To: ${checkMailAddress(message.to)}`,
    `Subject: ${encodeWords(message.subject)}`,
    `Date: ${new Date(at).toUTCString().replace("GMT", "+0000")}`,
    `Message-ID: <${id}>`,
    "Auto-Submitted: auto-generated",
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative;\r\n boundary="${boundary}"`,
    "",
    ...part("text/plain", message.text),
    ...part("text/html", message.html),
    `--${boundary}--`,
    "",
  ].join("\r\n");
}

/** Encoded words (RFC 2047), folded so that no line has more than 76 characters; never broken inside a character. */
function encodeWords(text: string): string {
  const words: string[] = [];
  let bytes = 0;
  let word = "";
  for (const character of text) {
    const size = new TextEncoder().encode(character).byteLength;
    if (bytes + size > 39) {
      words.push(word);
      [word, bytes] = ["", 0];
    }
    word += character;
    bytes += size;
  }
  return [...words, word].map((each) => `=?utf-8?B?${base64(each)}?=`).join("\r\n ");
}

function base64(text: string): string {
  return btoa(Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join(""));
}

function lines(text: string, length: number): string[] {
  return text.match(new RegExp(`.{1,${length}}`, "g")) ?? [];
}
