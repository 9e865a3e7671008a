/** A secret that is mixed into passwords before they are hashed, and lies nowhere near the hashes. */
export interface Pepper {
  /** Kept with each hash, to find the pepper again. 0: derived from SECRET. */
  version: number;
  /** undefined: derived from SECRET. */
  text: string | undefined;
}

/** Shorter ones could be guessed by who has the hashes. */
const minimumLength = 32;

/**
 * Reads PASSWORD_PEPPER: `2:newer text,1:older text`. The first is for new hashes; the others are kept for as long as somebody has not
 * signed in since. The pepper of SECRET is always the last of them.
 *
 * @throws Error naming the setting, and nothing of its value.
 */
export function readPeppers(setting: string | undefined): Pepper[] {
  const given = (setting?.split(",") ?? []).map((entry) => {
    const [, version, text = ""] = /^([1-9]\d{0,5}):(.*)$/s.exec(entry.trim()) ?? [];
    if (version === undefined)
      throw new Error('PASSWORD_PEPPER is written "1:<text>", with newer ones in front: "2:<text>,1:<text>"');
    if (text.length < minimumLength)
      throw new Error(
        `PASSWORD_PEPPER ${version} has ${text.length} characters, it needs ${minimumLength} or more`,
      );
    return { version: Number(version), text };
  });
  if (new Set(given.map(({ version }) => version)).size < given.length)
    throw new Error("PASSWORD_PEPPER has two entries of one version");
  return [...given, { version: 0, text: undefined }];
}
