import { readSender, type Sender } from "../platform/mail.ts";
import { readProviders, type Provider, type ProviderVariables } from "./providers.ts";
import { readPeppers, type Pepper } from "./peppers.ts";

/** The settings of people's accounts, as the environment has them. Empty is the same as none. */
export interface AccountVariables extends ProviderVariables {
  /** open (default), invitation, or closed: accounts are made by administrators only. */
  SIGN_UP?: string | undefined;
  /** on: passwords that are known to have leaked are refused (api.pwnedpasswords.com gets five characters of their SHA-1). Default off. */
  BREACHED_PASSWORDS?: string | undefined;
  /** `2:text,1:text`: mixed into every password, the first into new ones. Without it one is derived from SECRET. */
  PASSWORD_PEPPER?: string | undefined;
  /** smtp://, smtps:// or https:// (a provider's API). Without it mail goes to the outbox. */
  MAIL_URL?: string | undefined;
  /** `Hub <hub@example.com>`. */
  MAIL_FROM?: string | undefined;
}

/** From the widest to the narrowest. */
export const signUpModes = ["open", "invitation", "closed"] as const;
export type SignUpMode = (typeof signUpModes)[number];

export interface MailSettings {
  url: URL;
  from: Sender;
}

export interface AccountSettings {
  signUp: SignUpMode;
  breachedPasswords: boolean;
  peppers: readonly Pepper[];
  /** undefined: the outbox. */
  mail: MailSettings | undefined;
  providers: readonly Provider[];
}

/** @throws Error naming the setting that cannot be used. */
export function readSettings(variables: AccountVariables, publicOrigin: string | undefined): AccountSettings {
  return {
    signUp: oneOf("SIGN_UP", variables.SIGN_UP || "open", signUpModes),
    breachedPasswords:
      oneOf("BREACHED_PASSWORDS", variables.BREACHED_PASSWORDS || "off", ["on", "off"]) === "on",
    peppers: readPeppers(variables.PASSWORD_PEPPER || undefined),
    mail: readMail(variables, publicOrigin),
    providers: readProviders(variables),
  };
}

function readMail(
  { MAIL_URL, MAIL_FROM }: AccountVariables,
  publicOrigin: string | undefined,
): MailSettings | undefined {
  if (!MAIL_URL) return undefined;
  const url = URL.parse(MAIL_URL);
  // Not the value: there may be a password in it.
  if (!url || !["smtp:", "smtps:", "https:"].includes(url.protocol))
    throw new Error("MAIL_URL begins with none of smtp://, smtps:// and https://");
  if (!MAIL_FROM) throw new Error('MAIL_URL needs MAIL_FROM beside it, such as "Hub <hub@example.com>"');
  // Whoever asks for a mail to somebody else chooses the Host of the request, and so would choose where its link leads.
  if (publicOrigin === undefined)
    throw new Error("MAIL_URL needs PUBLIC_URL (--public-url) beside it: links in mails are made from it");
  return { url, from: readSender(MAIL_FROM) };
}

function oneOf<const Value extends string>(name: string, value: string, values: readonly Value[]): Value {
  const found = values.find((each) => each === value);
  if (found === undefined) throw new Error(`${name} is "${value}"; it is one of ${values.join(", ")}`);
  return found;
}
