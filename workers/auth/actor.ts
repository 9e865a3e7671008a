import type { Actor } from "../audit/index.ts";
import { subjectOf, type Principal } from "./access.ts";

/** A principal as the audit log tells of it. */
export function actorOf(principal: Principal): Actor {
  if (principal.kind === "anonymous") return { subject: "anonymous", name: "" };
  const { name, token, address } = principal;
  return { subject: subjectOf(principal), name, tokenId: token?.id, address };
}
