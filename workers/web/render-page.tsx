import type { Child } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Session } from "../accounts/index.ts";
import type { HubFace } from "../hub/index.ts";
import { pageHeaders } from "./headers.ts";
import { Layout } from "./layout.tsx";
import type { Crumb } from "./page.ts";
import { readSaid, said } from "./said.ts";
import { readTheme } from "./theme.ts";

/** What a page is rendered for. */
export interface Reader {
  request: Request;
  url: URL;
  visit: { origin: string };
  session: Session | "unknown" | undefined;
  face: HubFace;
}

interface Content {
  title: string;
  description?: string | undefined;
  /** Whether search engines may list it. */
  indexed?: boolean;
  content: Child;
  crumbs?: readonly Crumb[];
}

/** A whole page: with the frame around it, what the last form has to say, and the headers of every page. */
export function renderPage(
  { request, url, visit: { origin }, session, face }: Reader,
  { title, description, indexed = false, content, crumbs = [] }: Content,
  answer: { status?: number; cookies?: readonly string[]; headers?: Record<string, string> } = {},
): Response {
  const { status = 200, cookies = [] } = answer;
  const saying = readSaid(request, origin);
  // No component waits for anything: what a page shows is loaded before. The node becomes text where it is used.
  const html = (
    <Layout
      title={title}
      description={description}
      canonical={indexed ? origin + url.pathname : undefined}
      crumbs={crumbs}
      session={session}
      saying={saying}
      theme={readTheme(request, origin)}
      face={face}
      url={url}
    >
      {content}
    </Layout>
  ) as HtmlEscapedString;
  const kept = session === undefined && saying === undefined && status === 200 && request.method !== "POST";
  const headers = new Headers({ ...answer.headers, ...pageHeaders(kept ? "private, no-cache" : "no-store") });
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  if (saying !== undefined) headers.append("Set-Cookie", said(origin));
  return new Response(`<!doctype html>${html}`, { status, headers });
}
