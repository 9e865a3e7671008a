import type { TokenKind } from "../../../db/index.ts";

/** Where the tokens of a kind are listed, below the page of their holder. */
export function listOf(kind: TokenKind): "/tokens" | "/robots" {
  return kind === "robot" ? "/robots" : "/tokens";
}
