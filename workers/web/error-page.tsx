import { describeProblem, headersOf, logFailure } from "../platform/http-errors.ts";
import { currentSession, visitOf } from "../accounts/index.ts";
import { readHubFace } from "../hub/index.ts";
import { HubError } from "../shared/errors.ts";
import { sentence } from "./form-state.ts";
import { withNext } from "./next-path.ts";
import type { WebServices } from "./page.ts";
import { renderPage, type Reader } from "./render-page.tsx";
import { Heading } from "./view/heading.tsx";

/** Whether a request comes from somebody who reads pages. */
export function readsPages(request: Request): boolean {
  return /\btext\/html\b/.test(request.headers.get("Accept") ?? "");
}

/** A hub whose settings were not asked for: they may be what could not be read. */
const plainFace = { name: "Wherry", announcement: "", announcementUrl: "" };

/** Anything thrown, as a page, in the same words as everywhere else. @param resolve may throw: that may be what went wrong */
export async function answerError(
  resolve: () => WebServices,
  error: unknown,
  request: Request,
): Promise<Response> {
  const { status, title, detail } = describeProblem(error);
  const id = status >= 500 ? logFailure(error, request) : undefined;
  const reader = await readerOf(resolve, status, request);
  const { url, session } = reader;
  const content = (
    <div class="narrow error">
      <p class="error-status" aria-hidden="true">
        {status}
      </p>
      <Heading title={title}>{sentence(detail)}</Heading>
      {id !== undefined && (
        <p>
          Request id: <code>{id}</code>
        </p>
      )}
      {status === 404 && <SearchInstead path={url.pathname} session={session} />}
      <p class="acts">
        {status >= 500 || status === 429 ? (
          <a class="button quiet" href={url.pathname + url.search}>
            Load it again
          </a>
        ) : (
          <a class="button quiet" href="/explore">
            Explore images
          </a>
        )}
        {session === undefined && (status === 403 || status === 404) && (
          <a href={withNext("/sign-in", url.pathname + url.search)}>Sign in</a>
        )}
        <a href="/">Go to the start page</a>
      </p>
    </div>
  );
  const headers = { ...headersOf(error), ...(id === undefined ? {} : { "X-Request-Id": id }) };
  return renderPage(reader, { title, content }, { status, headers });
}

/**
 * Who reads the page of an error. Nothing is asked for it when the hub failed. A form without a session may be somebody's all the same:
 * browsers send no cookies along with those of other sites.
 */
async function readerOf(resolve: () => WebServices, status: number, request: Request): Promise<Reader> {
  const url = new URL(request.url);
  const stranger = {
    request,
    url,
    visit: { origin: url.origin },
    session: "unknown",
    face: plainFace,
  } as const;
  if (status >= 500) return stranger;
  try {
    const { accounts, hub } = resolve();
    const visit = visitOf(accounts, request);
    const [session, face] = await Promise.all([currentSession(accounts, visit), readHubFace(hub)]);
    const mayBeGuest = request.method === "GET" || request.method === "HEAD";
    return { request, url, visit, session: session ?? (mayBeGuest ? undefined : "unknown"), face };
  } catch {
    return stranger;
  }
}

/** Offers the words of an address that is nobody's as a search. */
function SearchInstead({ path, session }: { path: string } & Pick<Reader, "session">) {
  const words = wordsOf(path);
  if (words === "") return null;
  return (
    <>
      <form class="instead" action="/search">
        <label for="instead">Search for it</label>
        <div class="acts">
          <input type="search" id="instead" name="q" value={words} maxlength={200} />
          <button>Search</button>
        </div>
      </form>
      <p class="hint">
        It may have been renamed or deleted, or be private: then it is there{" "}
        {session === undefined ? "once you are signed in with" : "for"} an account that has a right to it.
      </p>
    </>
  );
}

/** What somebody looks for at this address: without the words that addresses of this hub have. */
function wordsOf(path: string): string {
  let decoded = path;
  try {
    decoded = decodeURIComponent(path);
  } catch {
    // Typed by hand: searched for as it stands.
  }
  const [before = ""] = decoded.split("/-/");
  return before
    .replace(/^\/(?:r|n|search|categories|explore)(?=\/|$)/, "")
    .replace(/^\/+|\/+$/g, "")
    .replaceAll(/[^\p{L}\p{N}._/-]+/gu, " ")
    .trim()
    .slice(0, 100);
}

/** For an address that is nobody's. */
export function pageUnknown({ url }: Request): HubError {
  return new HubError("not-found", `there is no page at ${new URL(url).pathname.slice(0, 200)}`);
}
