import { z } from "zod";
import { viewerOf } from "../../../auth/index.ts";
import { createRepository, listGrantedRepositories } from "../../../registry/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { Field, Select } from "../../view/field.tsx";
import { Filter, Filters } from "../../view/filters.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { Older } from "../../view/pagination.tsx";
import { pathOf } from "./paths.ts";
import { RepositoryTable } from "./repository-table.tsx";

/** The repositories that somebody has a right to, other than that they are public. */
export const repositoriesPage = page({
  path: "/repositories",
  who: "user",
  query: z.strictObject({ in: fields.optionalText(64), after }),
  title: "Repositories",
  load: async ({ services, actor, query }) => {
    const viewer = viewerOf(actor);
    const filter = { namespace: query.in };
    const found =
      viewer && (await listGrantedRepositories(services.registry, viewer, filter, asked(query.after)));
    return shownOf(found ?? [], ({ name }) => name);
  },
  view: ({ data: { rows, last }, query, actor, visit, url, now }) => (
    <>
      <Heading title="Repositories">Yours, and those that somebody gave you a right to.</Heading>
      <p>
        <a class="button" href="/repositories/new">
          New repository
        </a>
      </p>
      <Filters label="Filter repositories">
        <Filter name="in" label="Namespace" value={query.in} placeholder={actor.name} />
      </Filters>
      {rows.length === 0 ? (
        <Empty
          title={query.in === undefined ? "There are none yet." : `There are none in ${query.in} for you.`}
        >
          <p>A repository is there from its first push on:</p>
          <Command
            text={`docker push ${new URL(visit.origin).host}/${query.in ?? actor.name}/REPOSITORY`}
            label="Push an image"
          />
        </Empty>
      ) : (
        <RepositoryTable repositories={rows} now={now} />
      )}
      <Older url={url} name="after" last={last} label="More repositories" />
    </>
  ),
});

export const newRepositoryPage = page({
  path: "/repositories/new",
  who: "user",
  title: "New repository",
  crumbs: () => [{ label: "Repositories", href: "/repositories" }],
  load: () => null,
  forms: {
    create: {
      fields: z.strictObject({ name: fields.text(), visibility: z.enum(["", "private", "public"]) }),
      run: async ({ services, actor }, { name, visibility }) => {
        const wanted = visibility === "" ? {} : { visibility };
        const made = await createRepository(services.registry, actor, name.trim(), wanted);
        return new GoTo(pathOf(made.name), { saying: `${made.name} is there, and ${made.visibility}.` });
      },
    },
  },
  view: ({ form, actor }) => (
    <>
      <Heading title="New repository">A push makes one too; here you can say more about it first.</Heading>
      <Form form={form("create")} submit="Create repository">
        <Field
          form={form("create")}
          name="name"
          label="Name"
          exact
          autofocus
          value={`${actor.name}/`}
          hint="Begins with your name, or that of an organization."
        />
        <Select
          form={form("create")}
          name="visibility"
          label="Visibility"
          options={[
            { value: "", label: "As the namespace has it: private, unless the organization says otherwise" },
            { value: "private", label: "Private: for who has a right" },
            { value: "public", label: "Public: anybody may pull" },
          ]}
          value=""
        />
      </Form>
    </>
  ),
});
