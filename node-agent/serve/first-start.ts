import { createAccessTokenText } from "#shared/access-token";
import type { ServerDirectory } from "./server-directory.ts";

export interface FirstToken {
  text: string;
  /** Given by whoever set the server up, who has no need to see it. */
  given: boolean;
}

const file = "first-token";

/**
 * The administrator's first access token, while the first start has not succeeded; undefined ever after. It is kept in the data
 * directory until `confirmFirstToken`: a server that dies in between has made the administrator with a token nobody has seen yet,
 * and the next start shows the same one.
 */
export async function firstToken(
  directory: ServerDirectory,
  given: string | undefined,
): Promise<FirstToken | undefined> {
  const kept = await directory.read(file);
  if (kept === undefined && !directory.fresh) return undefined;
  const text = kept ?? (await directory.write(file, given ?? createAccessTokenText()));
  return { text, given: text === given };
}

/** The token works and has been shown: from here on only its owner has it. */
export async function confirmFirstToken(directory: ServerDirectory): Promise<void> {
  await directory.remove(file);
}
