import { HubError } from "../../../shared/errors.ts";
import { linesOf } from "./scope-form.ts";

/** Claims as lines of a form: `repository = octo/web`. @throws HubError `invalid` naming the line that has no pattern. */
export function readClaims(text: string): Record<string, string> {
  const entries = linesOf(text).map((line) => {
    const equals = line.indexOf("=");
    if (equals < 1)
      throw new HubError(
        "invalid",
        `"${line.slice(0, 100)}" is no claim with its pattern; write one a line, such as repository = octo/web`,
        { detail: { field: "claims" } },
      );
    return [line.slice(0, equals).trim(), line.slice(equals + 1).trim()] as const;
  });
  return Object.fromEntries(entries);
}

export function writeClaims(claims: Readonly<Record<string, string>>): string {
  return Object.entries(claims)
    .map(([claim, pattern]) => `${claim} = ${pattern}`)
    .join("\n");
}
