import { hubLog, listEntries } from "../../../audit/index.ts";
import { page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Filter, Filters } from "../../view/filters.tsx";
import { Older } from "../../view/pagination.tsx";
import { Entries } from "../audit/entries.tsx";
import { filterOf, logQuery } from "../audit/filter.ts";
import { PartHeading } from "../organizations/head.tsx";
import { Admin } from "./frame.tsx";

/** Entries on a page. */
const rows = 50;

/** What was done to the hub itself; what belongs to an account or an organization is in their own logs. */
export const hubLogPage = page({
  path: "/admin/audit",
  who: "administrator",
  query: logQuery,
  title: "Audit log of the hub",
  load: ({ services, query }) =>
    listEntries(services.auth.db, hubLog, filterOf(query), { before: query.before, limit: rows + 1 }),
  view: ({ data: entries, query, url, now }) => (
    <Admin current="/admin/audit">
      <PartHeading title="Audit log of the hub">
        What administrators did, and what belongs to no account and no organization. Nobody can change the
        log.
      </PartHeading>
      <Filters label="Filter the log">
        <Filter name="actor" label="Who" value={query.actor} />
        <Filter name="action" label="Act" value={query.action} placeholder="hub" />
        <Filter name="target" label="What to" value={query.target} />
        <Filter name="since" label="Since" type="date" value={query.since} />
        <Filter name="until" label="Until" type="date" value={query.until} />
      </Filters>
      {entries.length === 0 ? (
        <Empty title={url.search === "" ? "Nothing has been done yet." : "Nothing fits."}>
          {url.search !== "" && (
            <p>
              <a href="/admin/audit">Show the whole log</a>
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
    </Admin>
  ),
});
