import { z } from "zod";
import { countStorageNow, listStorageUse, readStorageTotal } from "../../../hub/index.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Size } from "../../view/amounts.tsx";
import { Empty } from "../../view/empty.tsx";
import { Form } from "../../view/form.tsx";
import { Older } from "../../view/pagination.tsx";
import { Table } from "../../view/table.tsx";
import { TimeOr } from "../../view/time.tsx";
import { PartHeading } from "../organizations/head.tsx";
import { Admin, namespacePath } from "./frame.tsx";

export const storagePage = page({
  path: "/admin/storage",
  who: "administrator",
  query: z.strictObject({ after }),
  title: "Storage",
  load: async ({ services: { hub }, actor, query }) => {
    const [total, found] = await Promise.all([
      readStorageTotal(hub, actor),
      listStorageUse(hub, actor, asked(query.after)),
    ]);
    return { total, ...shownOf(found, ({ key }) => key) };
  },
  forms: {
    count: {
      fields: z.strictObject({}),
      run: async ({ services, actor }) => {
        await countStorageNow(services.hub, actor);
        return new GoTo("/admin/storage", {
          saying: "The count has begun; a large hub takes some minutes for it.",
        });
      },
    },
  },
  view: ({ data: { total, rows, last }, form, url, now }) => (
    <Admin current="/admin/storage">
      <PartHeading title="Storage" act={<Form form={form("count")} submit="Count again" inline />}>
        What each namespace holds, in layers and configurations. What it shares between its repositories is
        stored once; what namespaces share with each other counts for each of them, and is stored once all the
        same.
      </PartHeading>
      <p>
        <Size bytes={total.stored} /> in {total.blobs.toLocaleString("en")} blobs on the whole hub, counted{" "}
        <TimeOr at={total.countedAt} now={now} otherwise="not yet" />.
        {total.counting && " A count is under way."}
      </p>
      {rows.length === 0 ? (
        <Empty title={total.countedAt === null ? "Nothing has been counted yet." : "Nothing is stored."}>
          <p>Everything is counted every six hours, a part at a time.</p>
        </Empty>
      ) : (
        <Table
          caption="Storage by namespace"
          columns={[
            { label: "Namespace" },
            { label: "Stored", number: true },
            { label: "Without sharing", number: true },
            { label: "Saved", number: true },
            { label: "Blobs", number: true },
          ]}
          rows={rows.map(({ name, stored, logical, blobs }) => [
            name === undefined ? (
              <span class="muted">nobody's any more</span>
            ) : (
              <a class="name" href={namespacePath(name)}>
                {name}
              </a>
            ),
            <Size bytes={stored} />,
            <Size bytes={logical} />,
            `${Math.round((1 - stored / Math.max(logical, 1)) * 100)} %`,
            blobs.toLocaleString("en"),
          ])}
        />
      )}
      <Older url={url} name="after" last={last} label="Smaller ones" />
    </Admin>
  ),
});
