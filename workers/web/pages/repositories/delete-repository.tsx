import { z } from "zod";
import { countContents, deleteRepository } from "../../../registry/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { count } from "../words.ts";
import { crumbsOf, open } from "./head.tsx";
import { pathOf } from "./paths.ts";

/** Deletes a repository, once its name has been typed. */
export const deleteRepositoryPage = page({
  path: "/r/:name{.+}/-/delete",
  who: "sudo",
  params: z.strictObject({ name: z.string() }),
  load: async (at) => {
    const opened = await open(at, "admin");
    if (opened instanceof GoTo) return opened;
    const contents = await countContents(at.services.registry, at.actor, at.params.name);
    return { name: opened.repository.name, ...contents };
  },
  title: ({ name }) => `Delete ${name}`,
  crumbs: (_at, { name }) => [...crumbsOf(name), { label: "Settings", href: `${pathOf(name)}/-/settings` }],
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
