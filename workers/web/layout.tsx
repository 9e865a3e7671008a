import { raw } from "hono/html";
import type { Child } from "hono/jsx";
import type { Session } from "../accounts/index.ts";
import type { HubFace } from "../hub/index.ts";
import { assets, inlineStyle } from "./assets.ts";
import type { Crumb } from "./page.ts";
import type { Theme } from "./theme.ts";
import { Notice } from "./view/notice.tsx";
import { SearchBox } from "./view/search-box.tsx";
import { Sign } from "./view/sign.tsx";
import { ThemeForm } from "./view/theme-form.tsx";

interface Frame {
  title: string;
  /** A sentence for search engines and for who is sent the link. */
  description: string | undefined;
  /** The one address of what the page shows; undefined where search engines should keep away. */
  canonical: string | undefined;
  crumbs: readonly Crumb[];
  /** "unknown": who they are could not be found out, or was not asked. */
  session: Session | "unknown" | undefined;
  /** What the last form has done. */
  saying: string | undefined;
  theme: Theme;
  /** What the hub is called, and what it announces. */
  face: HubFace;
  /** Of this page, to come back to it. */
  url: URL;
  children?: Child;
}

/** What is around every page. */
export function Layout(frame: Frame) {
  const { title, description, canonical, crumbs, session, saying, theme, face, url, children } = frame;
  return (
    <html lang="en" class={theme === "system" ? undefined : theme}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content={theme === "system" ? "light dark" : theme} />
        <title>{`${title} · ${face.name}`}</title>
        {description !== undefined && <meta name="description" content={description} />}
        {canonical === undefined ? (
          <meta name="robots" content="noindex" />
        ) : (
          <link rel="canonical" href={canonical} />
        )}
        <link rel="icon" type="image/svg+xml" href={assets.sign.path} />
        {/* Who is signed in has it from the page before. */}
        {session === undefined ? (
          <style>{raw(inlineStyle.text)}</style>
        ) : (
          <link rel="stylesheet" href={assets.style.path} />
        )}
        <link rel="preload" as="font" type="font/woff2" crossorigin="anonymous" href={assets.font.path} />
        <script type="module" src={assets.script.path}></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to the content
        </a>
        <header class="top">
          <a class="mark" href="/">
            <Sign />
            <span class="mark-name">{face.name}</span>
          </a>
          {/* The start page of who has not signed in has it below its heading. */}
          {url.pathname === "/" && session === undefined ? (
            <span class="top-room" />
          ) : (
            <SearchBox value={url.pathname === "/search" ? (url.searchParams.get("q") ?? "") : ""} />
          )}
          <TopLinks session={session} current={url.pathname} />
        </header>
        {face.announcement !== "" && <Announcement face={face} />}
        <main id="main" tabindex={-1}>
          {saying !== undefined && <Notice kind="done">{saying}</Notice>}
          {crumbs.length > 0 && <Breadcrumb crumbs={crumbs} />}
          {children}
        </main>
        <footer class="bottom">
          <ThemeForm theme={theme} url={url} />
          <nav class="bottom-links" aria-label="More">
            <a href="/explore">Explore</a>
            {session && session !== "unknown" && (
              <>
                <a href="/repositories">Repositories</a>
                <a href="/organizations">Organizations</a>
              </>
            )}
            <a href="/api/openapi.json">API document</a>
          </nav>
        </footer>
      </body>
    </html>
  );
}

function TopLinks({ session, current }: Pick<Frame, "session"> & { current: string }) {
  const here = (path: string) => (path === current ? "page" : undefined);
  const explore = (
    <a
      href="/explore"
      class={session && session !== "unknown" ? "on-wide" : undefined}
      aria-current={here("/explore")}
    >
      Explore
    </a>
  );
  if (session === "unknown")
    return (
      <nav class="top-links" aria-label="Hub">
        {explore}
      </nav>
    );
  if (!session)
    return (
      <nav class="top-links" aria-label="Hub">
        {explore}
        <a href="/sign-in" aria-current={here("/sign-in")}>
          Sign in
        </a>
      </nav>
    );
  return (
    <nav class="top-links" aria-label="Hub">
      {explore}
      <a class="on-wide" href="/repositories" aria-current={here("/repositories")}>
        Repositories
      </a>
      <a class="on-wide" href="/organizations" aria-current={here("/organizations")}>
        Organizations
      </a>
      {session.user.administrator && <a href="/admin">Admin</a>}
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

function Announcement({ face }: { face: HubFace }) {
  return (
    <aside class="announcement" aria-label="Announcement">
      <p>
        {face.announcementUrl === "" ? (
          face.announcement
        ) : (
          <a href={face.announcementUrl}>{face.announcement}</a>
        )}
      </p>
    </aside>
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
