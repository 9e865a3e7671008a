import type { PresentRepository } from "../../../auth/index.ts";
import type { FormState } from "../../form-state.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { pathOf } from "./paths.ts";

const opposite = { public: "private", private: "public" } as const;

interface Settings {
  form: (name: "rename" | "release" | "visibility") => FormState;
  repository: PresentRepository;
  oldNames: { rows: readonly { name: string; since: number }[]; last: string | undefined };
  url: URL;
  now: number;
}

/** What only who administers a repository may change. */
export function NameAndVisibility({ form, repository, oldNames, url, now }: Settings) {
  const { name, visibility } = repository;
  const other = opposite[visibility];
  return (
    <div class="columns">
      <Section title="Name">
        <Form form={form("rename")} submit={`Rename ${name}`}>
          <Field
            form={form("rename")}
            name="name"
            label="New name"
            value={name}
            exact
            hint="With another namespace in front it is handed over: what was given to people and teams here stays behind."
          />
        </Form>
        <p>Pulls by the old name go on working; pushes are refused with the new name in the message.</p>
        <RowProblem form={form("release")} />
        {oldNames.rows.length > 0 && (
          <Table
            caption="Old names"
            columns={[{ label: "Old name" }, { label: "Since" }, { label: "Acts", unseen: true }]}
            rows={oldNames.rows.map((old) => [
              old.name,
              <Time at={old.since} now={now} />,
              <RowAct
                form={form("release")}
                submit="Release"
                label={`Release the old name ${old.name}`}
                hidden={{ name: old.name }}
              />,
            ])}
          />
        )}
        <Older url={url} name="after" last={oldNames.last} label="More old names" />
      </Section>
      <div>
        <Section title="Who may see it">
          <p>
            {visibility === "public"
              ? "Anybody may pull, also who is not signed in."
              : "Only who has a right may pull."}{" "}
            <a href={`${pathOf(name)}/-/access`}>People and teams with a right</a>
          </p>
          <Form
            form={form("visibility")}
            submit={`Make ${name} ${other}`}
            hidden={{ visibility: other }}
            danger={other === "public"}
          />
        </Section>
        <Section title="Delete">
          <p>This cannot be undone.</p>
          <p>
            <a class="button quiet" href={`${pathOf(name)}/-/delete`}>
              Delete {name}
            </a>
          </p>
        </Section>
      </div>
    </div>
  );
}
