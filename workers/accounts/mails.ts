import type { MailMessage } from "../platform/mail.ts";

/** What somebody is told of after it was done to their account. */
export type Notice =
  | "password-changed"
  | "email-changed"
  | "totp-removed"
  | "passkey-added"
  | "passkey-removed"
  | "identity-linked"
  | "recovery-code-used";

const notices: Record<Notice, string> = {
  "password-changed": "The password of your account was changed.",
  "email-changed": "Your account now has another e-mail address; mail about it no longer comes here.",
  "totp-removed": "The authenticator app was removed from your account.",
  "passkey-added": "A passkey was added to your account; it signs in without the password.",
  "passkey-removed": "A passkey was removed from your account.",
  "identity-linked": "An account elsewhere was linked to your account; it signs in here.",
  "recovery-code-used": "A recovery code was used to sign in to your account.",
};

interface Linked {
  to: string;
  name: string;
  /** Absolute, or a path where the hub does not know its own address. */
  link: string;
}

export function verificationLink({ to, name, link }: Linked): MailMessage {
  return write(to, "Verify your e-mail address", [
    `Somebody, you we hope, made the account ${name} with this e-mail address.`,
    `Sign in as ${name} and open this link to show that the address is yours. It works for two days:`,
    { link },
    "If it was not you, do nothing: the account does not get your address.",
  ]);
}

/** To whom the address belongs already: it is the one place that says so. */
export function addressTaken({ to, name, other }: { to: string; name: string; other: string }): MailMessage {
  return write(to, "This e-mail address has an account already", [
    `Somebody gave this e-mail address to the account ${other}. It belongs to your account ${name}, and stays there.`,
    `If it was you: sign in as ${name} (a forgotten password can be reset), or give ${other} another address.`,
    "If it was not you, there is nothing to do.",
  ]);
}

export function resetLink({ to, name, link }: Linked): MailMessage {
  return write(to, "Set another password", [
    `Somebody, you we hope, asked to set another password for the account ${name}.`,
    "This link does it. It works once, for an hour:",
    { link },
    "If it was not you, do nothing: your password stays as it is.",
  ]);
}

export function notice({ to, name, notice }: { to: string; name: string; notice: Notice }): MailMessage {
  return write(to, `Your account ${name}`, [
    notices[notice],
    "If it was not you, reset your password at once, then look through the sessions and sign-in methods in your settings.",
  ]);
}

type Paragraph = string | { link: string };

function write(to: string, subject: string, paragraphs: readonly Paragraph[]): MailMessage {
  const html = paragraphs.map((each) =>
    typeof each === "string"
      ? `<p>${escape(each)}</p>`
      : `<p><a href="${escape(each.link)}">${escape(each.link)}</a></p>`,
  );
  const text = paragraphs.map((each) => (typeof each === "string" ? each : each.link));
  return {
    to,
    subject,
    text: `${text.join("\n\n")}\n`,
    html: `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escape(subject)}</title><body>${html.join("")}</body></html>`,
  };
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? "");
}
