import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import {
  countContents,
  deleteRepository,
  listOldNames,
  releaseOldName,
  renameRepository,
  setVisibility,
} from "../../../registry/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { RowAct, RowProblem } from "../../view/row-act.tsx";
import { Table } from "../../view/table.tsx";
import { Time } from "../../view/time.tsx";
import { count } from "../words.ts";
import { open, pathOf, RepositoryHead, repositoryCrumbs } from "./head.tsx";

const params = z.strictObject({ name: z.string() });
const opposite = { public: "private", private: "public" } as const;

export const repositorySettingsPage = page({
  path: "/r/:name{.+}/-/settings",
  who: "user",
  params,
  query: z.strictObject({ after }),
  load: async (at) => {
    const opened = await open(at, "admin");
    if (opened instanceof GoTo) return opened;
    const { services, actor, params: of, query } = at;
    const oldNames = await listOldNames(services.registry, actor, of.name, asked(query.after));
    return { opened, oldNames: shownOf(oldNames, ({ name }) => name) };
  },
  title: ({ opened }) => `Settings of ${opened.repository.name}`,
  crumbs: (_at, { opened: { repository } }) => [
    ...repositoryCrumbs,
    { label: repository.name, href: pathOf(repository.name) },
  ],
  forms: {
    visibility: {
      fields: z.strictObject({ visibility: z.enum(["public", "private"]) }),
      run: async ({ services, session, actor, params: { name }, url }, { visibility }) => {
        requireSudo(services.accounts, session);
        await setVisibility(services.registry, actor, name, visibility);
        return new GoTo(url.pathname, { saying: `${name} is ${visibility} now.` });
      },
    },
    rename: {
      fields: z.strictObject({ name: fields.text() }),
      run: async ({ services, session, actor, params: { name } }, wanted) => {
        requireSudo(services.accounts, session);
        const renamed = await renameRepository(services.registry, actor, name, wanted.name.trim());
        return new GoTo(pathOf(renamed.name), { saying: `${name} is called ${renamed.name} now.` });
      },
    },
    release: {
      fields: z.strictObject({ name: fields.text() }),
      run: async ({ services, session, actor, url }, { name }) => {
        requireSudo(services.accounts, session);
        await releaseOldName(services.registry, actor, name);
        return new GoTo(url.pathname, { saying: `The name ${name} leads nowhere now, and is free.` });
      },
    },
  },
  view: ({ data: { opened, oldNames }, form, url, now }) => {
    const { name, visibility } = opened.repository;
    const other = opposite[visibility];
    return (
      <RepositoryHead {...opened} tab="/-/settings">
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
            <Section title="Visibility">
              <p>
                {visibility === "public"
                  ? "Anybody may pull, also who is not signed in."
                  : "Only who has a right may pull."}
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
      </RepositoryHead>
    );
  },
});

export const deleteRepositoryPage = page({
  path: "/r/:name{.+}/-/delete",
  who: "sudo",
  params,
  load: async (at) => {
    const opened = await open(at, "admin");
    if (opened instanceof GoTo) return opened;
    const contents = await countContents(at.services.registry, at.actor, at.params.name);
    return { name: opened.repository.name, ...contents };
  },
  title: ({ name }) => `Delete ${name}`,
  crumbs: (_at, { name }) => [
    ...repositoryCrumbs,
    { label: name, href: pathOf(name) },
    { label: "Settings", href: `${pathOf(name)}/-/settings` },
  ],
  forms: {
    delete: {
      fields: z.strictObject({ typed: fields.text() }),
      run: async ({ services, actor, params: { name } }, { typed }) => {
        if (typed !== name)
          throw new HubError("invalid", `this is not "${name}"`, { detail: { field: "typed" } });
        await deleteRepository(services.registry, actor, name);
        return new GoTo("/repositories", { saying: `${name} is deleted.` });
      },
    },
  },
  view: ({ data: { name, tags, manifests }, form }) => (
    <>
      <Heading title={`Delete ${name}`}>
        {`Its ${count(tags, "tag")} and ${count(manifests, "manifest")} cannot be pulled any more, by whatever name. This cannot be undone.`}
      </Heading>
      <Form
        form={form("delete")}
        submit={
          tags === 0 ? `Delete repository ${name}` : `Delete repository ${name} and its ${count(tags, "tag")}`
        }
        danger
        beside={<a href={`${pathOf(name)}/-/settings`}>Keep it</a>}
      >
        <Field form={form("delete")} name="typed" label={`To go on, type ${name}`} exact autofocus />
      </Form>
    </>
  ),
});
