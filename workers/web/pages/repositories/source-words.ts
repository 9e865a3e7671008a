import type { Source } from "../../../auth/index.ts";
import { roleWords } from "../words.ts";

/** Where a right comes from, as the end of "Write, …". Lists of access name the team of a rule or grant, and not the role. */
export function sourceWords(source: {
  type: Source["type"];
  team?: string | undefined;
  role?: string | undefined;
}): string {
  switch (source.type) {
    case "administrator":
      return "as an administrator of the hub";
    case "own-namespace":
      return "in their own namespace";
    case "creation":
      return "as who makes it";
    case "organization-role": {
      const role = Object.entries(roleWords).find(([name]) => name === source.role)?.[1];
      return role ? `as ${role.article} of the organization` : "by the role in the organization";
    }
    case "public":
      return "because it is public";
    case "grant":
      return "given directly";
    case "team":
      return `by the team ${source.team ?? ""}`;
    case "rule":
      return source.team === undefined
        ? "by a default right"
        : `by a default right of the team ${source.team}`;
  }
}
