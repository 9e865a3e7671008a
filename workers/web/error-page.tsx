import { describeProblem, headersOf, logFailure } from "../platform/http-errors.ts";
import { HubError } from "../shared/errors.ts";
import { sentence } from "./form-state.ts";
import { renderPage } from "./render-page.tsx";
import { Heading } from "./view/heading.tsx";

/** Whether a request comes from somebody who reads pages. */
export function readsPages(request: Request): boolean {
  return /\btext\/html\b/.test(request.headers.get("Accept") ?? "");
}

/**
 * Anything thrown, as a page, in the same words as everywhere else. It does not say who is signed in: that may be what could not be found
 * out.
 */
export function renderErrorPage(error: unknown, request: Request): Response {
  const { status, title, detail } = describeProblem(error);
  const id = status >= 500 ? logFailure(error, request) : undefined;
  const content = (
    <div class="narrow">
      <Heading title={title}>{sentence(detail)}</Heading>
      {id !== undefined && (
        <p>
          Request id: <code>{id}</code>
        </p>
      )}
      <p>
        <a href="/">Go to the start page</a>
      </p>
    </div>
  );
  const reader = { request, visit: { origin: new URL(request.url).origin }, session: "unknown" } as const;
  return renderPage(reader, { title, content }, { status, headers: headersOf(error) });
}

/** For an address that is nobody's. */
export function pageUnknown({ url }: Request): HubError {
  return new HubError("not-found", `there is no page at ${new URL(url).pathname.slice(0, 200)}`);
}
