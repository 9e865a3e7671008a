import type { AccountsContext } from "./context.ts";
import { describeError, log } from "../platform/log.ts";
import { HubError } from "../shared/errors.ts";

const minimumLength = 10;
/** Longer ones are taken for an attempt to keep the hub busy. */
const maximumLength = 256;

/** How long the service that knows breached passwords may take, in milliseconds. */
const breachDeadline = 2000;

/**
 * Whether a new password will do. What characters it has is its owner's business (NIST SP 800-63B).
 *
 * @param about what it must not be made of: names and the e-mail address of its owner
 * @throws HubError `invalid` with `field` "password" in `detail`.
 */
export async function checkNewPassword(
  context: AccountsContext,
  password: string,
  about: readonly (string | null)[],
): Promise<void> {
  const { length } = Array.from(password);
  if (length < minimumLength)
    throw refusal(`the password has ${length} characters; it needs ${minimumLength} or more`);
  if (length > maximumLength)
    throw refusal(`the password has ${length} characters; it may have ${maximumLength} at most`);
  const lower = password.toLowerCase();
  for (const each of about) {
    const [word = ""] = (each ?? "").toLowerCase().split("@");
    if (word.length >= 3 && lower.includes(word))
      throw refusal(`the password contains "${word}", which everybody would try first; choose another`);
  }
  if (new Set(lower).size < 4)
    throw refusal("the password is made of two or three characters; choose one that is harder to guess");
  if (context.settings.breachedPasswords && (await isBreached(context, password)))
    throw refusal("this password is on lists of leaked passwords, which attackers try first; choose another");
}

/** @throws HubError `invalid` for a password that nobody can have: it is not worth a hash. */
export function refuseOverlong(password: string): void {
  if (password.length > 4 * maximumLength)
    throw refusal(`no password has more than ${maximumLength} characters`);
}

/**
 * Asks Pwned Passwords by range: of the password's SHA-1 the service gets the first five of 40 characters, and gives all that begin
 * alike. When it does not answer, the password counts as good.
 */
async function isBreached({ fetch }: AccountsContext, password: string): Promise<boolean> {
  const digest = await crypto.subtle.digest("SHA-1", new TextEncoder().encode(password));
  const hex = [...new Uint8Array(digest)]
    .map((byte) => byte.toString(16).padStart(2, "0"))
    .join("")
    .toUpperCase();
  try {
    const response = await fetch(`https://api.pwnedpasswords.com/range/${hex.slice(0, 5)}`, {
      headers: { "Add-Padding": "true" },
      signal: AbortSignal.timeout(breachDeadline),
    });
    if (!response.ok) throw new Error(`it answered ${response.status}`);
    const lines = (await response.text()).split(/\r?\n/);
    // Lines of padding have the count 0.
    return lines.some((line) => line.startsWith(`${hex.slice(5)}:`) && !line.endsWith(":0"));
  } catch (error) {
    log("error", "the service for breached passwords did not answer", describeError(error));
    return false;
  }
}

function refusal(message: string): HubError {
  return new HubError("invalid", message, { detail: { field: "password" } });
}
