import type { Badge } from "../../db/index.ts";
import type { HoldLayer } from "../../images/index.ts";
import { pathOf } from "../pages/repositories/paths.ts";
import { Count, Size } from "./amounts.tsx";
import { BadgeSign } from "./badge.tsx";
import { Hold } from "./hold.tsx";
import { Icon } from "./icon.tsx";
import { Time } from "./time.tsx";

/** A repository in a list of them. */
export interface RepositoryRow {
  name: string;
  description: string;
  badge: Badge | null;
  visibility?: "public" | "private";
  deprecated: boolean;
  /** The repository to use in place of it, where it says. */
  successor?: string | null;
  pulls: number;
  stars: number;
  /** Milliseconds since 1970; null: nothing was pushed yet. */
  updatedAt: number | null;
  /** Of the image that one gets without saying more; none while it is unknown. */
  hold: readonly HoldLayer[];
  size: number;
  platforms?: readonly string[];
}

/** So many platforms are named; the rest is on the page of the repository. */
const named = 3;

/** A list of repositories that people compare. On a phone each row is a block. */
export function RepositoryRows({
  caption,
  rows,
  now,
}: {
  caption: string;
  rows: readonly RepositoryRow[];
  now: number;
}) {
  return (
    <table class="repositories">
      <caption class="unseen">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">Image</th>
          <th scope="col">Inside</th>
          <th scope="col" class="number">
            Pulls
          </th>
          <th scope="col" class="number">
            Stars
          </th>
          <th scope="col">Updated</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr>
            <td class="what">
              <What row={row} />
            </td>
            <td class="inside">
              <Inside row={row} />
            </td>
            <td class="number" data-unit={row.pulls === 1 ? "pull" : "pulls"}>
              <Count number={row.pulls} />
            </td>
            <td class="number" data-unit={row.stars === 1 ? "star" : "stars"}>
              <Count number={row.stars} />
            </td>
            <td class="when">
              {row.updatedAt === null ? (
                <span class="muted">empty</span>
              ) : (
                <Time at={row.updatedAt} now={now} />
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function What({ row }: { row: RepositoryRow }) {
  const { name, description, badge, visibility, deprecated, successor } = row;
  const slash = name.indexOf("/") + 1;
  return (
    <>
      <p class="what-name">
        <a href={pathOf(name)}>
          <span class="what-space">{name.slice(0, slash)}</span>
          {name.slice(slash)}
        </a>
        {badge && <BadgeSign badge={badge} />}
        {visibility === "private" && (
          <span class="chip">
            <Icon name="lock" />
            Private
          </span>
        )}
        {deprecated && <span class="chip care">Deprecated</span>}
      </p>
      {description !== "" && <p class="what-description">{description}</p>}
      {successor && (
        <p class="what-description">
          Use <a href={pathOf(successor)}>{successor}</a> in place of it.
        </p>
      )}
    </>
  );
}

function Inside({ row: { hold, size, platforms = [] } }: { row: RepositoryRow }) {
  const rest = platforms.length - named;
  return (
    <>
      {hold.length > 0 && <Hold layers={hold} thin />}
      <p class="inside-words">
        {size > 0 && <Size bytes={size} />}
        {platforms.length > 0 && (
          <span title={platforms.join(", ")}>
            {platforms.slice(0, named).map(short).join(" · ")}
            {rest > 0 && ` +${rest}`}
          </span>
        )}
      </p>
    </>
  );
}

/** Linux goes without saying. */
function short(platform: string): string {
  return platform.replace(/^linux\//, "");
}
