import { z } from "zod";
import { listAllOrganizations } from "../../../hub/index.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { page } from "../../page.ts";
import { BadgeSign } from "../../view/badge.tsx";
import { Empty } from "../../view/empty.tsx";
import { Filter, Filters } from "../../view/filters.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { PartHeading } from "../organizations/head.tsx";
import { Admin, countedText, namespacePath } from "./frame.tsx";

export const allOrganizationsPage = page({
  path: "/admin/organizations",
  who: "administrator",
  query: z.strictObject({ search: z.string().max(64).optional(), after }),
  title: "Organizations",
  load: async ({ services, actor, query: { search = "", after: last } }) => {
    const found = await listAllOrganizations(services.hub, actor, search.trim(), asked(last));
    return shownOf(found, ({ name }) => name);
  },
  view: ({ data: { rows, last }, query, url, now }) => (
    <Admin current="/admin/organizations">
      <PartHeading title="Organizations" />
      <Filters label="Filter organizations">
        <Filter name="search" label="Beginning of the name" value={query.search} />
      </Filters>
      {rows.length === 0 ? (
        <Empty title={query.search ? "None fits." : "There is no organization yet."}>
          <p>
            {query.search ? (
              <a href="/admin/organizations">Show all organizations</a>
            ) : (
              "Anybody with an account can make one."
            )}
          </p>
        </Empty>
      ) : (
        <Table
          caption="Organizations"
          columns={[
            { label: "Name" },
            { label: "Called" },
            { label: "Members", number: true },
            { label: "Repositories", number: true },
            { label: "Two-factor", whole: true },
            { label: "Since", whole: true },
          ]}
          rows={rows.map((row) => [
            <span>
              <a class="name" href={namespacePath(row.name)}>
                {row.name}
              </a>{" "}
              {row.badge && <BadgeSign badge={row.badge} />}
            </span>,
            row.displayName || <span class="muted">the same</span>,
            countedText(row.members),
            countedText(row.repositories),
            row.requireTwoFactor ? "required" : <span class="muted">not required</span>,
            <Time at={row.createdAt} now={now} />,
          ])}
        />
      )}
      <Older url={url} name="after" last={last} label="More organizations" />
    </Admin>
  ),
});
