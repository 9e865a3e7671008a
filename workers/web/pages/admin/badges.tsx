import { z } from "zod";
import { badges, listBadges, removeBadge, setBadge } from "../../../hub/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Badge } from "../../view/badge.tsx";
import { Empty } from "../../view/empty.tsx";
import { Field, Select } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { PartHeading } from "../organizations/head.tsx";
import { Admin, badgeWords, namespacePath } from "./frame.tsx";

const here = "/admin/badges";

export const badgesPage = page({
  path: "/admin/badges",
  who: "administrator",
  query: z.strictObject({ after }),
  title: "Badges",
  load: async ({ services, query }) =>
    shownOf(await listBadges(services.hub, asked(query.after)), ({ name }) => name),
  forms: {
    set: {
      fields: z.strictObject({ namespace: fields.text(64), badge: z.enum(badges) }),
      run: async ({ services, actor }, { namespace, badge }) => {
        const name = namespace.trim();
        await setBadge(services.hub, actor, name, badge);
        return new GoTo(here, { saying: `${name} is ${badgeWords[badge].label.toLowerCase()} now.` });
      },
    },
    remove: {
      fields: z.strictObject({ namespace: fields.text(64) }),
      run: async ({ services, actor }, { namespace }) => {
        await removeBadge(services.hub, actor, namespace);
        return new GoTo(here, { saying: `${namespace} has no badge any more.` });
      },
    },
  },
  view: ({ data: { rows, last }, form, url, now }) => (
    <Admin current={here}>
      <PartHeading title="Badges">
        What the hub vouches for. It stands beside every repository of the namespace, lifts it in the search,
        and goes when the namespace changes its name.
      </PartHeading>
      <RowProblem form={form("remove")} />
      {rows.length === 0 ? (
        <Empty title="No namespace has a badge.">
          <p>Make the hub's own namespace official first.</p>
        </Empty>
      ) : (
        <Table
          caption="Namespaces with a badge"
          columns={[
            { label: "Namespace" },
            { label: "Badge", whole: true },
            { label: "Since", whole: true },
            { label: "Acts", unseen: true },
          ]}
          rows={rows.map(({ name, kind, badge, setAt }) => [
            <span>
              <a class="name" href={namespacePath(name)}>
                {name}
              </a>{" "}
              <span class="muted">{kind}</span>
            </span>,
            <span>
              <Badge badge={badge} />
            </span>,
            <Time at={setAt} now={now} />,
            <RowAct
              form={form("remove")}
              submit="Take away"
              label={`Take away the badge of ${name}`}
              hidden={{ namespace: name }}
              danger
            />,
          ])}
        />
      )}
      <Older url={url} name="after" last={last} label="More namespaces" />
      <Section title="Give a badge">
        <Form form={form("set")} submit="Give the badge">
          <Field form={form("set")} name="namespace" label="User or organization" maxlength={64} exact />
          <Select
            form={form("set")}
            name="badge"
            label="Badge"
            value="verified"
            options={badges.map((value) => ({
              value,
              label: `${badgeWords[value].label}: ${badgeWords[value].hint}`,
            }))}
          />
        </Form>
      </Section>
    </Admin>
  ),
});
