import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { readReadme } from "../../../hub/index.ts";
import { listOldNames, releaseOldName, renameRepository, setVisibility } from "../../../registry/index.ts";
import * as fields from "../../fields.ts";
import { after, asked, shownOf } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";
import { pathOf } from "./paths.ts";
import { NameAndVisibility } from "./settings-name.tsx";
import { ProfileForm, profileFields, saveProfile } from "./settings-profile.tsx";
import {
  changeReadme,
  editorMaximum,
  ReadmeEditor,
  readmeFields,
  takeReadmeAway,
  takeReadmeFromSource,
} from "./settings-readme.tsx";

/** What a repository is, its README, and, for who administers it, its name and who may see it. */
export const repositorySettingsPage = page({
  path: "/r/:name{.+}/-/settings",
  who: "user",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({ after }),
  load: async (at) => {
    const opened = await open(at, "metadata");
    if (opened instanceof GoTo) return opened;
    const { services, actor, params: of, query } = at;
    const [readme, oldNames] = await Promise.all([
      readReadme(services.hub, opened.repository),
      opened.may("admin") ? listOldNames(services.registry, actor, of.name, asked(query.after)) : [],
    ]);
    return { opened, readme, oldNames: shownOf(oldNames, ({ name }) => name) };
  },
  title: ({ opened }) => `Settings of ${opened.repository.name}`,
  crumbs: (_at, { opened: { repository } }) => crumbsOf(repository.name),
  forms: {
    profile: {
      fields: profileFields,
      run: async ({ services, actor, params: { name }, url }, values) => {
        await saveProfile(services.hub, actor, name, values);
        return new GoTo(url.pathname, { saying: `What is said of ${name} is changed.` });
      },
    },
    write: {
      fields: readmeFields,
      maximum: editorMaximum,
      run: async ({ services, actor, params: { name }, url }, values) =>
        changeReadme(services.hub, actor, { name, path: url.pathname }, values),
    },
    fromSource: {
      fields: z.strictObject({}),
      run: async ({ services, actor, params: { name }, url }) =>
        takeReadmeFromSource(services.hub, actor, { name, path: url.pathname }),
    },
    remove: {
      fields: z.strictObject({}),
      run: async ({ services, actor, params: { name }, url }) =>
        takeReadmeAway(services.hub, actor, { name, path: url.pathname }),
    },
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
  view: ({ data: { opened, readme, oldNames }, form, url, now }) => (
    <RepositoryHead {...opened} tab="/-/settings">
      <ProfileForm form={form("profile")} profile={opened.front.profile} />
      <ReadmeEditor
        form={form("write")}
        fromSource={form("fromSource")}
        removal={form("remove")}
        name={opened.repository.name}
        sourceUrl={opened.front.profile.sourceUrl}
        readme={readme}
        now={now}
      />
      {opened.may("admin") && (
        <NameAndVisibility {...{ form, url, now, oldNames }} repository={opened.repository} />
      )}
    </RepositoryHead>
  ),
});
