import { cookiesFor, type Opened, type Visit } from "../../accounts/index.ts";
import { GoTo } from "../page.ts";

/** On with a session that was opened, or opened anew under another id. */
export function enter(visit: Visit, opened: Opened, to: string, saying?: string): GoTo {
  const cookies = cookiesFor(visit, opened);
  return new GoTo(to, saying === undefined ? { cookies } : { cookies, saying });
}
