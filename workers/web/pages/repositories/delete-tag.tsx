import { z } from "zod";
import { readImage } from "../../../images/index.ts";
import { deleteTag } from "../../../registry/index.ts";
import { HubError } from "../../../shared/errors.ts";
import { isTag } from "../../../shared/reference.ts";
import { GoTo, page } from "../../page.ts";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";
import { crumbsOf, open } from "./head.tsx";
import { imagePath, tagPath, tagsPath } from "./paths.ts";
import { count } from "../words.ts";

export const deleteTagPage = page({
  path: "/r/:name{.+}/-/tags/:tag/delete",
  who: "user",
  params: z.strictObject({ name: z.string(), tag: z.string() }),
  load: async (at) => {
    const opened = await open(at, "delete");
    if (opened instanceof GoTo) return opened;
    const tag = requireTag(at.params.tag);
    const view = await readImage(at.services.images, opened.repository, { tag });
    return { name: opened.repository.name, tag, view };
  },
  title: ({ name, tag }) => `Delete ${name}:${tag}`,
  crumbs: (_at, { name, tag }) => [
    ...crumbsOf(name),
    { label: "Tags", href: tagsPath(name) },
    { label: tag, href: tagPath(name, tag) },
  ],
  forms: {
    delete: {
      fields: z.strictObject({}),
      run: async (at) => {
        const { name } = at.params;
        const tag = requireTag(at.params.tag);
        await deleteTag(at.services.registry, at.actor, name, tag);
        return new GoTo(tagsPath(name), { saying: `The tag ${tag} is deleted.` });
      },
    },
  },
  view: ({ data: { name, tag, view }, form }) => {
    const others = view.tags.filter((each) => each !== tag);
    return (
      <>
        <Heading title={`Delete the tag ${tag} of ${name}`}>Pulls by this tag fail from then on.</Heading>
        <p>
          {others.length > 0
            ? `The image stays: it has ${count(others.length, "other tag")}, ${others.slice(0, 5).join(", ")}.`
            : "The image has no other tag. It can still be pulled by its digest:"}
        </p>
        {others.length === 0 && (
          <p>
            <a href={imagePath(name, view.digest)}>
              <code>{view.digest}</code>
            </a>
          </p>
        )}
        <Form
          form={form("delete")}
          submit={`Delete the tag ${tag}`}
          danger
          beside={<a href={tagPath(name, tag)}>Keep it</a>}
        />
      </>
    );
  },
});

function requireTag(text: string): string {
  if (!isTag(text)) throw new HubError("not-found", `there is no tag "${text.slice(0, 128)}"`);
  return text;
}
