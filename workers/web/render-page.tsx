import type { Child } from "hono/jsx";
import type { HtmlEscapedString } from "hono/utils/html";
import type { Session } from "../accounts/index.ts";
import { pageHeaders } from "./headers.ts";
import { Layout } from "./layout.tsx";
import type { Crumb } from "./page.ts";
import { readSaid, said } from "./said.ts";

/** What a page is rendered for. */
interface Reader {
  request: Request;
  visit: { origin: string };
  session: Session | "unknown" | undefined;
}

interface Content {
  title: string;
  content: Child;
  crumbs?: readonly Crumb[];
}

/** A whole page: with the frame around it, what the last form has to say, and the headers of every page. */
export function renderPage(
  { request, visit: { origin }, session }: Reader,
  { title, content, crumbs = [] }: Content,
  answer: { status?: number; cookies?: readonly string[]; headers?: Record<string, string> } = {},
): Response {
  const { status = 200, cookies = [] } = answer;
  const saying = readSaid(request, origin);
  // No component waits for anything: what a page shows is loaded before. The node becomes text where it is used.
  const html = (
    <Layout title={title} crumbs={crumbs} session={session} saying={saying}>
      {content}
    </Layout>
  ) as HtmlEscapedString;
  const kept = session === undefined && saying === undefined && status === 200 && request.method !== "POST";
  const headers = new Headers({ ...answer.headers, ...pageHeaders(kept) });
  for (const cookie of cookies) headers.append("Set-Cookie", cookie);
  if (saying !== undefined) headers.append("Set-Cookie", said(origin));
  return new Response(`<!doctype html>${html}`, { status, headers });
}
