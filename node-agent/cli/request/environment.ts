import { CommandError } from "../command-error.ts";

/**
 * The variables of `-e` and of the texts of env files, the later winning over the earlier. A name without `=` takes its value from the
 * own environment, and is left out where that has none.
 *
 * @throws CommandError.
 */
export function environmentOf(
  files: readonly string[],
  given: readonly string[],
  own: NodeJS.ProcessEnv,
): string[] {
  return [...files.flatMap(linesOf), ...given].flatMap((entry) => {
    const at = entry.indexOf("=");
    if (at === 0 || entry === "")
      throw new CommandError(`"${entry}" is no variable; it is written NAME=value or NAME`, 125);
    if (at > 0) return [entry];
    const value = own[entry];
    return value === undefined ? [] : [`${entry}=${value}`];
  });
}

/** The lines of a file of labels or variables, without those that are empty or begin with #. @throws CommandError for names with spaces. */
export function linesOf(content: string): string[] {
  const lines = content
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line) => line.trimStart())
    .filter((line) => line !== "" && !line.startsWith("#"));
  for (const line of lines)
    if (/\s/.test(line.split("=", 1)[0] ?? ""))
      throw new CommandError(`the variable "${line.split("=", 1)[0]}" has a space in its name`, 125);
  return lines;
}
