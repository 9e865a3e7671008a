import { z } from "zod";
import { addFeatured, advanceFeatured, listAllFeatured, removeFeatured } from "../../../hub/index.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { PartHeading } from "../organizations/head.tsx";
import { pathOf } from "../repositories/paths.ts";
import { Admin } from "./frame.tsx";

const here = "/admin/featured";
const named = z.strictObject({ name: fields.text(255) });

export const featuredPage = page({
  path: "/admin/featured",
  who: "administrator",
  title: "Featured",
  load: ({ services, actor }) => listAllFeatured(services.hub, actor),
  forms: {
    add: {
      fields: named,
      run: async ({ services, actor }, { name }) => {
        await addFeatured(services.hub, actor, name.trim());
        return new GoTo(here, { saying: `${name.trim()} is featured.` });
      },
    },
    advance: {
      fields: named,
      run: async ({ services, actor }, { name }) => {
        await advanceFeatured(services.hub, actor, name);
        return new GoTo(here, { saying: `${name} stands one place further up.` });
      },
    },
    remove: {
      fields: named,
      run: async ({ services, actor }, { name }) => {
        await removeFeatured(services.hub, actor, name);
        return new GoTo(here, { saying: `${name} is not featured any more.` });
      },
    },
  },
  view: ({ data: repositories, form }) => (
    <Admin current={here}>
      <PartHeading title="Featured">What the start page shows first, in this order.</PartHeading>
      <RowProblem form={form("advance")} />
      <RowProblem form={form("remove")} />
      {repositories.length === 0 ? (
        <Empty title="Nothing is featured.">
          <p>The start page shows what is official, and what is pulled more than it used to be.</p>
        </Empty>
      ) : (
        <Table
          caption="Featured repositories"
          columns={[
            { label: "Place", whole: true },
            { label: "Repository" },
            { label: "Move up", unseen: true },
            { label: "Take out", unseen: true },
          ]}
          rows={repositories.map(({ name, visibility }, index) => [
            String(index + 1),
            <span>
              <a class="name" href={pathOf(name)}>
                {name}
              </a>{" "}
              {visibility === "private" && <span class="chip care">Private: not shown</span>}
            </span>,
            index > 0 && (
              <RowAct form={form("advance")} submit="Move up" label={`Move up ${name}`} hidden={{ name }} />
            ),
            <RowAct
              form={form("remove")}
              submit="Take out"
              label={`Take out ${name}`}
              hidden={{ name }}
              danger
            />,
          ])}
        />
      )}
      <Section title="Feature a repository">
        <Form form={form("add")} submit="Feature it">
          <Field
            form={form("add")}
            name="name"
            label="Name of a public repository"
            placeholder="namespace/name"
            maxlength={255}
            exact
          />
        </Form>
      </Section>
    </Admin>
  ),
});
