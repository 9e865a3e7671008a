import { constants } from "node:os";
import { HubError } from "#shared/errors";

const realTimeFirst = 34;
const realTimeLast = 64;

/**
 * A signal's number, from its name with or without SIG, in any case, or from a number; RTMIN+n and RTMAX-n too.
 *
 * @throws HubError `invalid`.
 */
export function signalNumber(text: string): number {
  const name = text.toUpperCase().replace(/^SIG/, "");
  const known = (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`];
  if (known !== undefined) return known;
  const number = /^\d{1,2}$/.test(name) ? Number(name) : realTime(name);
  if (number === undefined || number < 1 || number > realTimeLast)
    throw new HubError("invalid", `invalid signal: ${text}`);
  return number;
}

function realTime(name: string): number | undefined {
  const [, end, offset = "0"] = /^RT(MIN\+?|MAX-?)(\d{1,2})?$/.exec(name) ?? [];
  if (end === undefined) return undefined;
  return end.startsWith("MIN") ? realTimeFirst + Number(offset) : realTimeLast - Number(offset);
}
