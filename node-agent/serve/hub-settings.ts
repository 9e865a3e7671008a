import { Refusal } from "./refusal.ts";

/** Settings of the hub itself (workers/env.ts), each given as `WHERRY_<name>`. The secret ones are for nobody else's eyes. */
const open = [
  "SIGN_UP",
  "BREACHED_PASSWORDS",
  "MAIL_FROM",
  "FEDERATION_ISSUERS",
  "GITHUB_CLIENT_ID",
  "GITLAB_CLIENT_ID",
  "GOOGLE_CLIENT_ID",
  "OIDC_ISSUER",
  "OIDC_CLIENT_ID",
] as const;
const secret = [
  "MAIL_URL",
  "PASSWORD_PEPPER",
  "GITHUB_CLIENT_SECRET",
  "GITLAB_CLIENT_SECRET",
  "GOOGLE_CLIENT_SECRET",
  "OIDC_CLIENT_SECRET",
] as const;

type Name = (typeof open)[number] | (typeof secret)[number];

/** Variables of the environment that hold something secret, which no other program is to be given. */
export const secretVariables: readonly string[] = secret.map((name) => `WHERRY_${name}`);

/** Values that the hub takes, where there are few. */
const choices: Partial<Record<Name, readonly string[]>> = {
  SIGN_UP: ["open", "invitation", "closed"],
  BREACHED_PASSWORDS: ["on", "off"],
};

/**
 * What the environment says of the hub. Without a word of the operator it asks nobody about passwords: this server contacts no host that
 * was not named to it.
 *
 * @throws Refusal naming the variable that the hub could not start with.
 */
export function readHubSettings(
  environment: NodeJS.ProcessEnv,
  publicUrl: string | undefined,
): Record<string, string> {
  const settings: Partial<Record<Name, string>> = { BREACHED_PASSWORDS: "off" };
  for (const name of [...open, ...secret]) {
    const value = environment[`WHERRY_${name}`];
    if (!value) continue;
    const allowed = choices[name];
    if (allowed && !allowed.includes(value))
      throw misuse(`WHERRY_${name} is "${value}"; it is one of ${allowed.join(", ")}`);
    settings[name] = value;
  }
  if (settings.MAIL_URL && !settings.MAIL_FROM)
    throw misuse('WHERRY_MAIL_URL needs WHERRY_MAIL_FROM beside it, such as "Hub <hub@example.com>"');
  if (settings.MAIL_URL && publicUrl === undefined)
    throw misuse("WHERRY_MAIL_URL needs --public-url beside it: links in mails are made from it");
  return settings;
}

function misuse(message: string): Refusal {
  return new Refusal(`${message}. docs/operate.md tells of all settings.`, { exitCode: 2 });
}
