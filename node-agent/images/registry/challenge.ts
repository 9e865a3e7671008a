/** How a registry wants to be told who asks (RFC 9110, WWW-Authenticate). */
export interface Challenge {
  scheme: "basic" | "bearer";
  parameters: Readonly<Record<string, string>>;
}

/** The first challenge that we can answer; undefined when there is none. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  const found = /(?:^|,\s*)(basic|bearer)(?:\s+|$)/i.exec(header ?? "");
  if (found === null || header === undefined) return undefined;
  const scheme = found[1]?.toLowerCase() === "basic" ? "basic" : "bearer";
  const parameters: Record<string, string> = {};
  const rest = header.slice(found.index + found[0].length);
  for (const [, name = "", quoted, plain] of rest.matchAll(
    /([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g,
  ))
    parameters[name.toLowerCase()] ??= quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "";
  return { scheme, parameters };
}
