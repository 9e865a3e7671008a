import type { AuthContext } from "../auth/index.ts";
import { randomText } from "./random-text.ts";

/** Accounts that one browser is remembered for. */
const maximumAccounts = 4;

/**
 * A browser that somebody signed in with is known for their account from then on: whoever guesses passwords elsewhere cannot use up
 * its tries. It keeps a random text, and for each account the HMAC of both: `<text>~<hmac>~<hmac>`.
 *
 * @param text what it kept so far
 */
export async function rememberDevice(
  auth: AuthContext,
  text: string | undefined,
  userId: string,
): Promise<string> {
  const { device, marks } = read(text);
  const mark = await markOf(auth, device, userId);
  return [device, ...[mark, ...marks.filter((each) => each !== mark)].slice(0, maximumAccounts)].join("~");
}

/** The name of a browser that this account signed in from before; undefined: it did not. */
export async function knownDevice(
  auth: AuthContext,
  text: string | undefined,
  userId: string,
): Promise<string | undefined> {
  const { device, marks } = read(text);
  return marks.includes(await markOf(auth, device, userId)) ? device : undefined;
}

function read(text: string | undefined): { device: string; marks: string[] } {
  const [device = "", ...marks] = (text ?? "").slice(0, 1000).split("~");
  return /^[\w-]{43}$/.test(device) ? { device, marks } : { device: randomText(), marks: [] };
}

async function markOf({ secret }: AuthContext, device: string, userId: string): Promise<string> {
  return secret.hmac(`device ${device} ${userId}`);
}
