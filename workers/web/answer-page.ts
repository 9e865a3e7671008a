import { z } from "zod";
import { currentSession, hasSudo, visitOf, type Session } from "../accounts/index.ts";
import { anonymous } from "../auth/index.ts";
import { readHubFace } from "../hub/index.ts";
import { headersOf, statusOf } from "../platform/http-errors.ts";
import { readForm } from "../platform/validate.ts";
import { HubError } from "../shared/errors.ts";
import { emptyForm, failedForm, formField, readFields, type FormState } from "./form-state.ts";
import { nextPath, withNext } from "./next-path.ts";
import { GoTo, type At, type Page, type WebServices } from "./page.ts";
import { answerKept, mayBeKept } from "./page-cache.ts";
import { renderPage, type Reader } from "./render-page.tsx";
import { saying } from "./said.ts";
import { requireSameOrigin } from "./same-origin.ts";

/**
 * Answers a request to a page.
 *
 * @throws HubError for what is not the fault of a form: error-page.tsx shows it.
 */
export async function answerPage(
  page: Page,
  services: WebServices,
  request: Request,
  pathParams: Record<string, string>,
): Promise<Response> {
  const visit = visitOf(services.accounts, request);
  const sends = request.method === "POST";
  if (sends) requireSameOrigin(request, visit.origin);
  const session = await currentSession(services.accounts, visit);
  const url = new URL(request.url);
  const elsewhere = whereFirst(page, services, session, url);
  if (elsewhere !== undefined) return goTo(new GoTo(elsewhere), visit.origin);

  const params = (page.params ? page.params.parse(pathParams) : pathParams) as Record<string, string>;
  const query = readQuery(page, url);
  const now = services.auth.clock.now();
  const actor = session?.user ?? anonymous;
  const at: At = { services, request, url, visit, session, actor, params, query, now };
  if (!sends && page.cache && mayBeKept(request, visit)) {
    const [version, face] = await Promise.all([page.cache(at), readHubFace(services.hub)]);
    if (version !== undefined) return answerKept({ ...at, face }, version, () => show(page, at));
  }
  if (!sends) return show(page, at);

  const sent = await readForm(request, largestForm(page));
  const name = sent.get(formField) ?? "";
  const form = Object.hasOwn(page.forms, name) ? page.forms[name] : undefined;
  if (!form)
    throw new HubError(
      "invalid",
      `this page has no form "${name.slice(0, 40)}"; load it again and send it anew`,
    );
  try {
    const outcome = await form.run(at, readFields(form.fields, sent));
    if (outcome instanceof GoTo) return goTo(outcome, visit.origin);
    return renderPage(await readerOf(at), outcome, { cookies: outcome.cookies });
  } catch (error) {
    if (!(error instanceof HubError || error instanceof z.ZodError)) throw error;
    if (error instanceof HubError && error.detail?.["sudo"] === true)
      return goTo(new GoTo(confirmFirst(url)), visit.origin);
    if (statusFor(error) >= 500) throw error;
    return show(page, at, { state: failedForm(name, sent, error), error });
  }
}

/** Which of its forms was sent is known once it has been read. undefined: none of them needs more room than most. */
function largestForm({ forms }: Page): number | undefined {
  const rooms = Object.values(forms).flatMap(({ maximum }) => maximum ?? []);
  return rooms.length > 0 ? Math.max(...rooms) : undefined;
}

/** Where a visitor has to go before this page, if anywhere. @throws HubError `not-found` for what is of administrators only. */
function whereFirst(
  { who }: Page,
  { accounts }: WebServices,
  session: Session | undefined,
  url: URL,
): string | undefined {
  if (who === "anybody") return undefined;
  if (who === "guest") return session && nextPath(url.searchParams.get("next") ?? undefined);
  if (!session) return withNext("/sign-in", url.pathname + url.search);
  if (who === "administrator" && !session.user.administrator)
    throw new HubError("not-found", "there is no such page");
  if (who === "sudo" && !hasSudo(accounts, session)) return confirmFirst(url);
  return undefined;
}

function confirmFirst(url: URL): string {
  return withNext("/confirm", url.pathname + url.search);
}

function readQuery({ query }: Page, { searchParams }: URL): Record<string, unknown> {
  if (!query) return {};
  const whole = query.safeParse(Object.fromEntries(searchParams));
  if (whole.success) return whole.data;
  const fitting = Object.entries(query.shape).flatMap(([key, field]) => {
    const value = z.safeParse(field, searchParams.get(key) ?? undefined);
    const absent = value.success ? value : z.safeParse(field, undefined);
    return absent.success ? [[key, absent.data] as const] : [];
  });
  return Object.fromEntries(fitting);
}

/** @param failed the form that went wrong, with the error: the page is shown again */
async function show(page: Page, at: At, failed?: { state: FormState; error: unknown }): Promise<Response> {
  const data = await loadAgain(page, at, failed?.error);
  if (data instanceof Response) return data;
  if (data instanceof GoTo) return goTo(data, at.visit.origin);
  const form = (name: string) => (failed?.state.name === name ? failed.state : emptyForm(name));
  const { title, description, indexed } = page;
  const name = typeof title === "string" ? title : title(data);
  const content = page.view({ ...at, data, form });
  const crumbs = page.crumbs?.(at, data) ?? [];
  const status = failed ? statusFor(failed.error) : 200;
  const shown = {
    title: failed ? `Not done: ${name}` : name,
    description: typeof description === "function" ? description(data) : description,
    indexed: at.session === undefined && (typeof indexed === "function" ? indexed(data) : indexed),
    content,
    crumbs,
  };
  return renderPage(await readerOf(at), shown, { status, headers: headersOf(failed?.error) });
}

async function readerOf({ request, url, visit, session, services }: At): Promise<Reader> {
  return { request, url, visit, session, face: await readHubFace(services.hub) };
}

function statusFor(error: unknown): number {
  return error instanceof HubError ? statusOf(error.kind) : 400;
}

/** What the page shows. Where a form went wrong because what the page is about is gone, the form's own error is the one to show. */
async function loadAgain(page: Page, at: At, error: unknown): Promise<unknown> {
  try {
    return await page.load(at);
  } catch (second) {
    throw error ?? second;
  }
}

function goTo({ to, cookies, saying: text }: GoTo, origin: string): Response {
  const headers = new Headers({ Location: to, "Cache-Control": "no-store" });
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  if (text !== undefined) headers.append("Set-Cookie", saying(origin, text));
  return new Response(null, { status: 303, headers });
}
