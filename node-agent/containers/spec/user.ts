import { HubError } from "#shared/errors";
import type { User } from "../../runtime/index.ts";

/** The container's own files of names, where it has them. */
export interface UserFiles {
  passwd: string | undefined;
  group: string | undefined;
}

export interface ResolvedUser extends User {
  home: string;
}

const maximumId = 2 ** 31 - 1;

/**
 * Who the process is: `user[:group]`, each a name of the container's own files or a number. A number needs no entry there. Without a
 * group it is the user's own, with those that list the user.
 *
 * @param extra further groups, of `--group-add`.
 * @throws HubError `invalid` for a name that the container does not have.
 */
export function resolveUser(text: string, files: UserFiles, extra: readonly string[]): ResolvedUser {
  const [userText = "", groupText, ...rest] = text.split(":");
  if (rest.length > 0) throw new HubError("invalid", `invalid user "${text}": give it as user or user:group`);
  const users = lines(files.passwd, 7);
  const groups = lines(files.group, 4);
  const wanted = userText || "0";
  const entry = users.find(([name]) => name === wanted) ?? users.find(([, , uid]) => uid === wanted);
  const uid = number(entry?.[2] ?? wanted);
  if (uid === undefined)
    throw new HubError("invalid", `unable to find user ${wanted}: no matching entries in passwd file`);
  const ownGroups = groups.filter(([, , , members]) => entry && members?.split(",").includes(entry[0] ?? ""));
  const gid = groupText ? groupId(groupText, groups) : (number(entry?.[3] ?? "0") ?? 0);
  const additionalGids = [
    ...(groupText ? [] : ownGroups.flatMap(([, , id]) => number(id ?? "") ?? [])),
    ...extra.map((group) => groupId(group, groups)),
  ];
  const home = entry?.[5] || (uid === 0 ? "/root" : "/");
  // The own group too: without it, a program that gives it up would get what only the others are refused (CVE-2022-36109).
  return { uid, gid, additionalGids: [...new Set([gid, ...additionalGids])], home };
}

function groupId(text: string, groups: readonly string[][]): number {
  const entry = groups.find(([name]) => name === text);
  const gid = number(entry?.[2] ?? text);
  if (gid === undefined)
    throw new HubError("invalid", `unable to find group ${text}: no matching entries in group file`);
  return gid;
}

function number(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  if (value > maximumId)
    throw new HubError("invalid", `uids and gids must be in range 0-${maximumId}, got ${text}`);
  return value;
}

/** Lines of a file that the container has written: what is no entry is passed over. */
function lines(text: string | undefined, fields: number): string[][] {
  const all = (text ?? "").split("\n").map((line) => line.trim());
  return all
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => line.split(":"))
    .filter((entry) => entry.length >= Math.min(fields, 3));
}
