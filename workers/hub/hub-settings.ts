import { sql } from "kysely";
import { z } from "zod";
import { signUpModes, type SignUpMode } from "../accounts/index.ts";
import { auditEntry, hubLog } from "../audit/index.ts";
import { actorOf, requireAdministrator, type SignedIn } from "../auth/index.ts";
import { second } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";
import type { HubContext } from "./context.ts";

export interface HubSettings {
  /** What the hub is called on its pages. */
  name: string;
  /** A line on top of every page; "": none. */
  announcement: string;
  /** Where the announcement leads; "": nowhere. */
  announcementUrl: string;
  /** The most that administrators allow; SIGN_UP of the environment may be narrower, and then holds. */
  signUp: SignUpMode;
  /** Host names that images of READMEs may come from. Nothing else is ever fetched for them. */
  readmeImageHosts: readonly string[];
}

/** What everybody sees. */
export type HubFace = Pick<HubSettings, "name" | "announcement" | "announcementUrl">;

const defaults: HubSettings = {
  name: "Wherry",
  announcement: "",
  announcementUrl: "",
  signUp: "open",
  readmeImageHosts: [],
};

const maximumHosts = 50;
const plain = /^\P{Cc}*$/u;
const hostName = /^(?=.{1,253}$)(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** What each setting may be; the message completes "<setting>". */
const checks: { [Name in keyof HubSettings]: z.ZodType<HubSettings[Name]> } = {
  name: z
    .string()
    .trim()
    .min(1, "is empty; give the hub a name")
    .max(40, "has more than 40 characters")
    .regex(plain, "has control characters"),
  announcement: z
    .string()
    .trim()
    .max(300, "has more than 300 characters")
    .regex(plain, "has control characters; it is one line"),
  announcementUrl: z
    .string()
    .max(1000, "has more than 1000 characters")
    .refine(isLink, "is no address; it begins with https:// or /"),
  signUp: z.enum(signUpModes, `is one of ${signUpModes.join(", ")}`),
  readmeImageHosts: z
    .array(
      z
        .string()
        .regex(
          hostName,
          "is a list of host names in lower case, such as img.shields.io; no addresses, ports or paths",
        ),
    )
    .max(maximumHosts, `has more than ${maximumHosts} hosts`),
};

function isLink(text: string): boolean {
  if (text === "" || /^\/(?![/\\])/.test(text)) return true;
  return ["https:", "http:"].includes(URL.parse(text)?.protocol ?? "");
}

/** All settings as they are now. One statement: nothing is remembered, so that what is forbidden is forbidden at once. */
export async function readHubSettings({ db }: Pick<HubContext, "db">): Promise<HubSettings> {
  const rows = await db.query.selectFrom("hub_settings").selectAll().execute();
  const set = rows.flatMap(({ name, value }) => {
    const fits = isSetting(name) ? checks[name].safeParse(JSON.parse(value)) : undefined;
    return fits?.success ? [[name, fits.data] as const] : [];
  });
  return { ...defaults, ...Object.fromEntries(set) };
}

/** How long an isolate shows what it has read. */
const faceLifetime = 5 * second;

/** The settings that every page shows, as one isolate has read them. */
export class RememberedFace {
  #face: HubFace | undefined;
  #readAt = -Infinity;

  /** @param now milliseconds since 1970 */
  get(now: number): HubFace | undefined {
    return now - this.#readAt < faceLifetime ? this.#face : undefined;
  }

  set({ name, announcement, announcementUrl }: HubFace, now: number): HubFace {
    this.#readAt = now;
    this.#face = { name, announcement, announcementUrl };
    return this.#face;
  }

  forget(): void {
    this.#face = undefined;
  }
}

/** What the hub is called and what it announces; some seconds old at most. */
export async function readHubFace(context: HubContext): Promise<HubFace> {
  const now = context.clock.now();
  const remembered = context.face.get(now);
  if (remembered) return remembered;
  return context.face.set(await readHubSettings(context), now);
}

/**
 * Changes settings; what is left out stays as it is.
 *
 * @throws HubError `denied` to everybody but administrators; `invalid`.
 */
export async function changeHubSettings(
  context: HubContext,
  actor: SignedIn,
  wanted: { [Name in keyof HubSettings]?: HubSettings[Name] | undefined },
): Promise<HubSettings> {
  requireAdministrator(actor);
  const { db, clock, face } = context;
  const before = await readHubSettings(context);
  const names = (Object.keys(defaults) as (keyof HubSettings)[]).filter((name) => wanted[name] !== undefined);
  const changes = names
    .map((name) => [name, checkSetting(name, wanted[name])] as const)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name]));
  if (changes.length === 0) return before;
  const after = Object.fromEntries(changes);
  const stored = changes.map(([name, value]) => ({ name, value }));
  await db.batch([
    sql`insert into hub_settings (name, value)
      select json_extract(value, '$.name'), value -> '$.value' from json_each(${JSON.stringify(stored)}) where true
      on conflict (name) do update set value = excluded.value`.compile(db.query),
    auditEntry(db, clock.now(), actorOf(actor), {
      log: hubLog,
      action: "hub.settings",
      target: "hub",
      before: Object.fromEntries(changes.map(([name]) => [name, before[name]])),
      after,
    }),
  ]);
  face.forget();
  return { ...before, ...after };
}

function isSetting(name: string): name is keyof HubSettings {
  return Object.hasOwn(defaults, name);
}

/** @throws HubError `invalid` */
function checkSetting(name: keyof HubSettings, value: unknown): unknown {
  const fits = checks[name].safeParse(value);
  if (fits.success) return fits.data;
  throw new HubError("invalid", `${words[name]} ${fits.error.issues[0]?.message ?? "is not valid"}`, {
    detail: { field: name },
  });
}

const words: Record<keyof HubSettings, string> = {
  name: "the name of the hub",
  announcement: "the announcement",
  announcementUrl: "the address behind the announcement",
  signUp: "who may make an account",
  readmeImageHosts: "what images of READMEs may come from",
};
