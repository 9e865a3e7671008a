import { raw } from "hono/html";
import { z } from "zod";
import { GoTo, page } from "../../page.ts";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";
import { pathOf } from "./paths.ts";

/** A README that is too long for the overview. */
export const readmePage = page({
  path: "/r/:name{.+}/-/readme",
  who: "anybody",
  params: z.strictObject({ name: z.string() }),
  load: async (at) => {
    const opened = await open(at, "pull", { readme: true });
    if (opened instanceof GoTo || opened.front.readme) return opened;
    return new GoTo(pathOf(opened.repository.name));
  },
  title: ({ repository }) => `README of ${repository.name}`,
  crumbs: (_at, { repository }) => crumbsOf(repository.name),
  view: ({ data: opened }) => (
    <RepositoryHead {...opened} tab="/-/readme">
      <article class="readme">{raw(opened.front.readme?.html ?? "")}</article>
    </RepositoryHead>
  ),
});
