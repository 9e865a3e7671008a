import type { Reason } from "./access.ts";
import type { RepositoryAction } from "./scopes.ts";

/**
 * Why somebody may not, as a sentence for the person at the client. Unless they are known to see the repository it is made from the name,
 * the action and the reason alone, so it reads the same for a private repository and for one that is not there.
 *
 * @param account name of the user, undefined for nobody.
 * @param sees whether they have a right of their own to pull from it.
 */
export function describeRefusal(
  account: string | undefined,
  repository: string,
  action: RepositoryAction,
  reason: Reason,
  sees = false,
): string {
  const act = `${verbs[action]} "${repository}"`;
  const namespace = `"${repository.slice(0, Math.max(0, repository.indexOf("/")))}"`;
  const who = account ?? "whoever is not signed in";
  const sentences: Record<Reason, string> = {
    "sign-in": `to ${act} needs an account: sign in with \`docker login\`, your user name, and an access token as the password`,
    "token-scopes": `the access token that ${who} signed in with has no scope for the action "${action}", so it may not ${act}; sign in with one that has it`,
    "token-repositories": `the access token that ${who} signed in with is not for "${repository}", so it may not ${act}; look at the patterns in its scopes, or sign in with another`,
    "token-age": `the access token that ${who} signed in with is older than ${namespace} takes, so it may not ${act}; rotate it or make a new one`,
    "two-factor": `${namespace} asks its members for two-factor authentication, so ${who} may not ${act} before setting it up in the account's settings`,
    unverified: `${who} may only pull until the account's e-mail address is verified, so it may not ${act}; use the link in the mail, or ask for another in the settings`,
    "no-right": sees
      ? `${who} may not ${act}: the right that ${who} has there gives less; ask whoever administers the repository for a higher one`
      : `${who} may not ${act}: there is no such repository, or ${who} has no right to do this there; ${whereToLook(account, repository)}`,
  };
  return sentences[reason];
}

/** What an action is called in a sentence, before the name of the repository. */
export const verbs: Record<RepositoryAction, string> = {
  pull: "pull from",
  push: "push to",
  create: "push to",
  metadata: "describe",
  builds: "start builds of",
  delete: "delete from",
  admin: "change the settings of",
};

function whereToLook(account: string | undefined, repository: string): string {
  const slash = repository.indexOf("/");
  if (slash < 0)
    return `names without a namespace belong to the administrators: try "${account ?? "you"}/${repository}"`;
  return `check the spelling, or ask "${repository.slice(0, slash)}", whose namespace it is in`;
}
