import {
  exportOrganizationLog,
  exportOwnLog,
  readOrganizationLog,
  readOwnLog,
} from "../../../organizations/index.ts";
import { page, type Page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Filter, Filters } from "../../view/filters.tsx";
import { Older } from "../../view/pagination.tsx";
import { accountHolding, holderParams, organizationHolding, type Holder, type Holding } from "../holder.tsx";
import { Entries } from "./entries.tsx";
import { filterOf, logQuery } from "./filter.ts";

/** Entries on a page. */
const rows = 50;

/** The audit log of an account or an organization, and the same as a file. */
function logPages(holding: Holding): Page[] {
  const path = `${holding.prefix}/audit`;
  const log = page({
    path,
    who: "user",
    params: holderParams,
    query: logQuery,
    load: async (at) => {
      const holder = await holding.read(at);
      const { services, actor, params, query } = at;
      const wanted = { before: query.before, limit: rows + 1 };
      const entries =
        params.organization === undefined
          ? await readOwnLog(services.organizations, actor, filterOf(query), wanted)
          : await readOrganizationLog(
              services.organizations,
              actor,
              params.organization,
              filterOf(query),
              wanted,
            );
      return { holder, entries };
    },
    title: "Audit log",
    crumbs: () => [...holding.crumbs],
    view: ({ data: { holder, entries }, query, url, now }) => (
      <>
        {holder.head({
          title: "Audit log",
          tab: "/audit",
          intro: "Who did what, from where, and what it changed. Nobody can change the log.",
          act: (
            <a class="button quiet" href={exportPath(holder, url)} download>
              Download as JSON lines
            </a>
          ),
        })}
        <Filters label="Filter the log">
          <Filter name="actor" label="Who" value={query.actor} />
          <Filter name="action" label="Act" value={query.action} placeholder="team" />
          <Filter name="target" label="What to" value={query.target} />
          <Filter name="since" label="Since" type="date" value={query.since} />
          <Filter name="until" label="Until" type="date" value={query.until} />
        </Filters>
        {entries.length === 0 ? (
          <Empty title={url.search === "" ? "Nothing has been done yet." : "Nothing fits."}>
            {url.search !== "" && (
              <p>
                <a href={`${holder.home}/audit`}>Show the whole log</a>
              </p>
            )}
          </Empty>
        ) : (
          <Entries entries={entries.slice(0, rows)} now={now} />
        )}
        <Older
          url={url}
          name="before"
          last={entries.length > rows ? String(entries[rows - 1]?.id) : undefined}
        />
      </>
    ),
  });
  const file = page({
    path: `${path}.jsonl`,
    who: "user",
    params: holderParams,
    query: logQuery,
    title: "Audit log",
    load: async (at) => {
      const { services, actor, params, query } = at;
      const { namespace } = await holding.read(at);
      const lines =
        params.organization === undefined
          ? exportOwnLog(services.organizations, actor, filterOf(query))
          : await exportOrganizationLog(services.organizations, actor, params.organization, filterOf(query));
      return new Response(lines, {
        headers: {
          "Content-Type": "application/x-ndjson",
          "Content-Disposition": `attachment; filename="audit-${namespace}.jsonl"`,
          "Cache-Control": "no-store",
          "X-Content-Type-Options": "nosniff",
        },
      });
    },
    view: () => null,
  });
  return [file, log];
}

function exportPath({ home }: Holder, { search }: URL): string {
  return `${home}/audit.jsonl${search}`;
}

export const auditPages = [...logPages(accountHolding), ...logPages(organizationHolding)];
