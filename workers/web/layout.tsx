import type { Child } from "hono/jsx";
import type { Session } from "../accounts/index.ts";
import { assets } from "./assets.ts";
import type { Crumb } from "./page.ts";
import { Notice } from "./view/notice.tsx";
import { Sign } from "./view/sign.tsx";

interface Frame {
  title: string;
  crumbs: readonly Crumb[];
  /** "unknown": who they are could not be found out, or was not asked. */
  session: Session | "unknown" | undefined;
  /** What the last form has done. */
  saying: string | undefined;
  children?: Child;
}

/** What is around every page. */
export function Layout({ title, crumbs, session, saying, children }: Frame) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{`${title} · Wherry`}</title>
        <link rel="icon" type="image/svg+xml" href={assets.sign.path} />
        <link rel="stylesheet" href={assets.style.path} />
        <script type="module" src={assets.script.path}></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <a class="mark" href="/">
            <Sign />
            <span class="mark-name">Wherry</span>
          </a>
          <TopLinks session={session} />
        </header>
        <main id="main" tabindex={-1}>
          {saying !== undefined && <Notice kind="done">{saying}</Notice>}
          {crumbs.length > 0 && <Breadcrumb crumbs={crumbs} />}
          {children}
        </main>
        <footer class="bottom">
          {session && (
            <>
              <a href="/repositories">Repositories</a> <a href="/organizations">Organizations</a>{" "}
            </>
          )}
          <a href="/api/openapi.json">API document</a>
        </footer>
      </body>
    </html>
  );
}

function TopLinks({ session }: Pick<Frame, "session">) {
  if (session === "unknown") return null;
  if (!session)
    return (
      <nav class="top-links" aria-label="Account">
        <a href="/sign-in">Sign in</a>
      </nav>
    );
  return (
    <nav class="top-links" aria-label="Account">
      <a class="on-wide" href="/repositories">
        Repositories
      </a>
      <a class="on-wide" href="/organizations">
        Organizations
      </a>
      {session.user.administrator && <a href="/outbox">Outbox</a>}
      <a class="top-name" href="/settings">
        {session.user.name}
      </a>
      <form method="post" action="/sign-out">
        <input type="hidden" name="form" value="signOut" />
        <button class="plain">Sign out</button>
      </form>
    </nav>
  );
}

function Breadcrumb({ crumbs }: { crumbs: readonly Crumb[] }) {
  return (
    <nav class="crumbs" aria-label="Breadcrumb">
      <ol>
        {crumbs.map(({ label, href }) => (
          <li>
            <a href={href}>{label}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
