import type { Child } from "hono/jsx";
import { categories } from "../../../shared/categories.ts";
import { Count } from "../../view/amounts.tsx";
import { BadgeSign } from "../../view/badge.tsx";
import { Hold } from "../../view/hold.tsx";
import type { RepositoryRow } from "../../view/repository-rows.tsx";
import { Time } from "../../view/time.tsx";
import { pathOf } from "../repositories/paths.ts";

/** A part of the start page with its heading, and where there is more of it. */
export function Shelf({
  title,
  more,
  children,
}: {
  title: string;
  more?: { label: string; href: string };
  children?: Child;
}) {
  return (
    <section class="shelf">
      <div class="shelf-head">
        <h2>{title}</h2>
        {more && <a href={more.href}>{more.label}</a>}
      </div>
      {children}
    </section>
  );
}

/** A short list of repositories, where several stand side by side. @param by what they are sorted by */
export function Brief({
  rows,
  by,
  now,
}: {
  rows: readonly RepositoryRow[];
  by: "pulls" | "time";
  now: number;
}) {
  return (
    <ol class="brief">
      {rows.map(({ name, description, badge, pulls, updatedAt, hold }) => (
        <li>
          <p class="what-name">
            <a href={pathOf(name)}>{name}</a>
            {badge && <BadgeSign badge={badge} />}
          </p>
          <p class="brief-number">
            {by === "time" && updatedAt !== null ? (
              <Time at={updatedAt} now={now} />
            ) : (
              <>
                <Count number={pulls} /> {pulls === 1 ? "pull" : "pulls"}
              </>
            )}
          </p>
          {hold.length > 0 && <Hold layers={hold} thin />}
          {description !== "" && <p class="what-description">{description}</p>}
        </li>
      ))}
    </ol>
  );
}

/** What repositories are sorted under. */
export function Categories() {
  return (
    <ul class="categories">
      {categories.map(({ slug, label }) => (
        <li>
          <a href={`/categories/${slug}`}>{label}</a>
        </li>
      ))}
    </ul>
  );
}
