import { HubError } from "../shared/errors.ts";
import { matchesText } from "./patterns.ts";

/**
 * What a rule for CI asks of an id_token: for each claim a pattern, in which `*` stands for any characters, also for none. All of them
 * have to fit. Claims are texts, numbers or true and false; what is a list or an object fits nothing.
 */
export type ClaimPatterns = Readonly<Record<string, string>>;

/** Claims that only one project, or the projects of one owner, can have. They are names of paths, whose first part says whose. */
const paths = ["repository", "project_path", "sub"];
/** The same by number, which stays with the owner when a name gets another one. */
const ids = [
  "repository_id",
  "repository_owner_id",
  "repository_owner",
  "project_id",
  "namespace_id",
  "namespace_path",
];

/**
 * How the subject starts where everybody can have projects. There a project may choose what else is in it, and so that it is somebody
 * else's text from the first letter on.
 */
const subjects: Readonly<Record<string, string>> = {
  "https://token.actions.githubusercontent.com": "repo:",
  "https://gitlab.com": "project_path:",
};

const maximumClaims = 20;
const maximumPattern = 300;

/**
 * Refuses patterns that would let projects of strangers in: everybody on GitHub has id_tokens of the same issuer.
 *
 * @throws HubError `invalid` saying what is missing.
 */
export function checkClaims(issuer: string, patterns: ClaimPatterns): void {
  const entries = Object.entries(patterns);
  if (entries.length > maximumClaims)
    throw new HubError("invalid", `a rule looks at up to ${maximumClaims} claims, not ${entries.length}`);
  for (const [claim, pattern] of entries) {
    if (!/^[A-Za-z0-9_.:/-]{1,100}$/.test(claim))
      throw new HubError("invalid", `"${claim.slice(0, 100)}" is no name of a claim`);
    if (pattern === "" || pattern.length > maximumPattern)
      throw new HubError(
        "invalid",
        `the pattern of the claim "${claim}" has ${pattern.length} characters; it needs 1 to ${maximumPattern}`,
      );
  }
  if (!entries.some(([claim, pattern]) => pins(issuer, claim, pattern)))
    throw new HubError(
      "invalid",
      `a rule has to say whose project it is for: give one of the claims ${[...paths, ...ids].join(", ")}, without "*" before its first "/", or at all where it has none`,
    );
}

/** Whether a pattern fits the projects of one owner only. */
function pins(issuer: string, claim: string, pattern: string): boolean {
  if (ids.includes(claim)) return !pattern.includes("*");
  if (!paths.includes(claim)) return false;
  if (claim === "sub" && !pattern.startsWith(subjects[issuer] ?? "")) return false;
  const [owner = "", ...rest] = pattern.split("/");
  return !owner.includes("*") && (rest.length > 0 || claim === "sub");
}

/** Whether an id_token has everything that a rule asks for. */
export function matchesClaims(patterns: ClaimPatterns, claims: Readonly<Record<string, unknown>>): boolean {
  return Object.entries(patterns).every(([claim, pattern]) => {
    const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
    return (
      (typeof value === "string" || typeof value === "number" || typeof value === "boolean") &&
      matchesText(pattern, String(value))
    );
  });
}
