import type { Child } from "hono/jsx";
import { z } from "zod";
import type { AccountsContext, Session, Visit } from "../accounts/index.ts";
import type { AuthContext, Principal } from "../auth/index.ts";
import type { HubContext } from "../hub/index.ts";
import type { ImagesContext } from "../images/index.ts";
import type { OrganizationsContext } from "../organizations/index.ts";
import type { RegistryContext } from "../registry/index.ts";
import type { SearchContext } from "../search/index.ts";
import type { FormState } from "./form-state.ts";

/**
 * Pages. Each is one declaration with everything about it: where it is, who may see it, what it reads, what it shows, and what its forms
 * do. answer-page.ts answers requests by them; the tests of test/browser and test/workers/web go through the list of them, so a page
 * cannot be without its checks.
 */

/** What pages work with: the parts of Services that have noun functions for them. */
export interface WebServices {
  auth: AuthContext;
  accounts: AccountsContext;
  registry: RegistryContext;
  organizations: OrganizationsContext;
  images: ImagesContext;
  hub: HubContext;
  search: SearchContext;
}

/**
 * Who may see a page: anybody; guest (not signed in; whoever is goes on to `next`); user (signed in; others sign in first and come back);
 * sudo (a user who has confirmed that it is them in the last 15 minutes; others confirm first and come back); administrator.
 */
export type Who = "anybody" | "guest" | "user" | "sudo" | "administrator";

type SessionFor<W extends Who> = W extends "anybody"
  ? Session | undefined
  : W extends "guest"
    ? undefined
    : Session;

/** One request to a page: what came in has been checked against the schemas. */
export interface At<
  S = Session | undefined,
  Params = Record<string, string>,
  Query = Record<string, unknown>,
> {
  services: WebServices;
  request: Request;
  url: URL;
  visit: Visit;
  session: S;
  /** Who the noun functions take as the one who acts: the user of the session. */
  actor: S extends Session ? Session["user"] : Principal;
  params: Params;
  query: Query;
  /** Milliseconds since 1970. */
  now: number;
}

/** Sends the browser on. From a form: what it did is done, and loading the next page again does not repeat it. */
export class GoTo {
  readonly to: string;
  /** Values of Set-Cookie. */
  readonly cookies: readonly string[];
  /** What the next page says of it, once. */
  readonly saying: string | undefined;

  constructor(to: string, { cookies = [], saying }: { cookies?: readonly string[]; saying?: string } = {}) {
    this.to = to;
    this.cookies = cookies;
    this.saying = saying;
  }
}

/** Shows something in place of the page: what is seen once only, such as a new token, or the next step of a form. */
export class Show {
  readonly title: string;
  readonly content: Child;
  readonly cookies: readonly string[];

  constructor(title: string, content: Child, { cookies = [] }: { cookies?: readonly string[] } = {}) {
    this.title = title;
    this.content = content;
    this.cookies = cookies;
  }
}

/** One form of a page. */
interface Form<A, Fields extends z.ZodObject> {
  /** Its fields: a strict object. What is too long or missing is refused here, what is wrong by the noun function. */
  fields: Fields;
  /** Bytes that it may have; undefined: what does for most. */
  maximum?: number;
  /** A HubError shows the page again, with its message on the form and what was typed. */
  run: (at: A, values: z.output<Fields>) => GoTo | Show | Promise<GoTo | Show>;
}

export interface Crumb {
  label: string;
  href: string;
}

/** What `view` gets: the request, what `load` read, and the state of each form. */
type Shown<A, Data, FormName extends string> = A & { data: Data; form: (name: FormName) => FormState };

type Loaded<Data> = Data | GoTo | Response;

interface Declaration<
  W extends Who,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Data,
  Fields extends Record<string, z.ZodObject>,
> {
  /** As Hono reads it, such as `/settings/tokens/:id`. */
  path: string;
  who: W;
  /** Of the path; plain strings without it. */
  params?: Params;
  /** Of the query. What does not fit is as good as absent: addresses are typed and shared by people. */
  query?: Query;
  /** Of the tab of the browser. */
  title: string | ((data: Data) => string);
  /** A sentence or two about it, for search engines and for who is sent a link. */
  description?: string | ((data: Data) => string | undefined);
  /** Whether search engines may list it; without it those for anybody. What a signed-in user sees never is. */
  indexed?: boolean | ((data: Data) => boolean);
  /**
   * For pages that are the same for all who are not signed in: the version of what such a visitor would see now, read in one statement.
   * What was rendered for it may be used again for a minute (page-cache.ts). So it has to change whenever something is taken away, such
   * as a repository that becomes private; undefined where the page is not for anybody, and is not to be kept.
   */
  cache?: (
    at: At<SessionFor<W>, z.output<Params>, z.output<Query>>,
  ) => string | undefined | Promise<string | undefined>;
  /** Where the page is: what it is below. */
  crumbs?: (at: At<SessionFor<W>, z.output<Params>, z.output<Query>>, data: Data) => Crumb[];
  /** What the page shows. A GoTo sends the browser on in place of it; a Response is given as it is, such as a file. */
  load: (at: At<SessionFor<W>, z.output<Params>, z.output<Query>>) => Loaded<Data> | Promise<Loaded<Data>>;
  view: (
    shown: Shown<At<SessionFor<W>, z.output<Params>, z.output<Query>>, Data, keyof Fields & string>,
  ) => Child;
  /** By name. A page shows each with `<Form form={form(name)}>`. */
  forms?: {
    [Name in keyof Fields]: Form<At<SessionFor<W>, z.output<Params>, z.output<Query>>, Fields[Name]>;
  };
}

/** A page as the routes take it. */
export interface Page {
  path: string;
  who: Who;
  params: z.ZodObject | undefined;
  query: z.ZodObject | undefined;
  title: string | ((data: unknown) => string);
  description: string | ((data: unknown) => string | undefined) | undefined;
  indexed: boolean | ((data: unknown) => boolean);
  cache: ((at: At) => string | undefined | Promise<string | undefined>) | undefined;
  crumbs: ((at: At, data: unknown) => Crumb[]) | undefined;
  load: (at: At) => unknown;
  view: (shown: Shown<At, unknown, string>) => Child;
  forms: Record<string, Form<At, z.ZodObject>>;
}

/** Declares a page. @throws Error when it takes objects that are not strict. */
export function page<
  const W extends Who,
  Data,
  Params extends z.ZodObject = z.ZodObject,
  Query extends z.ZodObject = z.ZodObject,
  Fields extends Record<string, z.ZodObject> = Record<string, never>,
>(declaration: Declaration<W, Params, Query, Data, Fields>): Page {
  const {
    who,
    params,
    query,
    description,
    indexed = who === "anybody",
    cache,
    crumbs,
    forms = {},
  } = declaration;
  // The types of one declaration agree with each other; the routes take any of them.
  const declared = {
    ...declaration,
    params,
    query,
    description,
    indexed,
    cache,
    crumbs,
    forms,
  } as unknown as Page;
  for (const [name, { fields }] of Object.entries(declared.forms))
    if (!(fields.def.catchall instanceof z.ZodNever))
      throw new Error(`page ${declared.path}: the form "${name}" takes a strict object`);
  return declared;
}
