import { z } from "zod";
import { repositoryVersion } from "../../../hub/index.ts";
import { listTags, type PlatformImage, type TagImage } from "../../../images/index.ts";
import * as fields from "../../fields.ts";
import { after } from "../../keyset.ts";
import { GoTo, page } from "../../page.ts";
import { Size } from "../../view/amounts.tsx";
import { ShortDigest } from "../../view/digest.tsx";
import { Empty } from "../../view/empty.tsx";
import { Filter, FilterChoice, Filters } from "../../view/filters.tsx";
import { Hold } from "../../view/hold.tsx";
import { Older } from "../../view/pagination.tsx";
import { platformText } from "../../view/platform.ts";
import { Time, TimeOr } from "../../view/time.tsx";
import { count } from "../words.ts";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";
import { comparePath, imagePath, tagPath } from "./paths.ts";

/** Tags of one page: with all their platforms that is as much as a page should weigh. */
const rows = 40;
/** Platforms of one tag that are listed here; its own page has all. */
const mostPlatforms = 6;

/** The tags of a repository, and what each is for which platform. */
export const tagsPage = page({
  path: "/r/:name{.+}/-/tags",
  who: "anybody",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({
    filter: fields.optionalText(128),
    sort: z.enum(["pushed", "name", "size"]).default("pushed"),
    after,
  }),
  cache: ({ services, params: { name } }) => repositoryVersion(services.hub, name),
  load: async (at) => {
    const opened = await open(at, "pull");
    if (opened instanceof GoTo) return opened;
    const { services, query } = at;
    const list = await listTags(services.images, opened.repository, {
      sort: query.sort,
      filter: query.filter ?? "",
      page: { limit: rows, last: query.after },
    });
    return { opened, list };
  },
  title: ({ opened }) => `Tags of ${opened.repository.name}`,
  description: ({ opened: { repository, front } }) =>
    `The ${count(front.tags, "tag")} of ${repository.name}, with platforms, sizes and digests.`,
  crumbs: (_at, { opened }) => crumbsOf(opened.repository.name),
  view: ({ data: { opened, list }, query, url, now }) => {
    const { name } = opened.repository;
    const mayDelete = opened.may("delete");
    return (
      <RepositoryHead {...opened} tab="/-/tags">
        {opened.front.tags > 0 && (
          <Filters label="Filter tags" submit="Show">
            <Filter name="filter" label="Name contains" value={query.filter} placeholder="2.8" />
            <FilterChoice
              name="sort"
              label="Order"
              value={query.sort}
              required
              options={[
                { value: "pushed", label: "Newest first" },
                { value: "name", label: "By version" },
                { value: "size", label: "Largest first" },
              ]}
            />
          </Filters>
        )}
        {list.tags.length === 0 ? (
          <NoTags filter={query.filter} more={list.next !== undefined} />
        ) : (
          <table class="tags">
            <caption class="unseen">Tags</caption>
            <thead>
              <tr>
                <th scope="col">Platform</th>
                <th scope="col">Layers</th>
                <th scope="col" class="number">
                  Size
                </th>
                <th scope="col">Digest</th>
                <th scope="col">Last pulled</th>
              </tr>
            </thead>
            {list.tags.map((tag, index) => (
              <TagRows
                repository={name}
                tag={tag}
                before={query.sort === "size" ? undefined : olderOf(list.tags, index)}
                mayDelete={mayDelete}
                now={now}
              />
            ))}
          </table>
        )}
        <Older url={url} name="after" last={list.next} label="More tags" />
      </RepositoryHead>
    );
  },
});

/** The next one of another image: what the tag may be compared with. */
function olderOf(tags: readonly TagImage[], index: number): string | undefined {
  return tags.slice(index + 1).find(({ digest }) => digest !== tags[index]?.digest)?.name;
}

function TagRows({
  repository,
  tag,
  before,
  mayDelete,
  now,
}: {
  repository: string;
  tag: TagImage;
  before: string | undefined;
  mayDelete: boolean;
  now: number;
}) {
  const path = tagPath(repository, tag.name);
  const shown = tag.platforms.slice(0, mostPlatforms);
  return (
    <tbody>
      <tr class="tag-line">
        <th scope="rowgroup" colspan={5}>
          <span class="tag-head">
            <a class="name" href={path}>
              {tag.name}
            </a>
            <span class="muted">
              pushed <Time at={tag.pushedAt} now={now} />
              {tag.kind === "artifact" && ", no image that runs"}
            </span>
            <span class="tag-acts">
              {before !== undefined && (
                <a href={comparePath(repository, before, tag.name)}>
                  Compare<span class="unseen"> {tag.name}</span> with {before}
                </a>
              )}
              {mayDelete && (
                <a href={`${path}/delete`}>
                  Delete<span class="unseen"> {tag.name}</span>
                </a>
              )}
            </span>
          </span>
        </th>
      </tr>
      {shown.map((platform) => (
        <PlatformRow path={path} repository={repository} platform={platform} now={now} />
      ))}
      {tag.platforms.length > shown.length && (
        <tr>
          <td colspan={5}>
            <a href={path}>{tag.platforms.length - shown.length} more platforms</a>
          </td>
        </tr>
      )}
    </tbody>
  );
}

function PlatformRow({
  path,
  repository,
  platform,
  now,
}: {
  path: string;
  repository: string;
  platform: PlatformImage;
  now: number;
}) {
  const text = platformText(platform);
  return (
    <tr>
      <td data-label="Platform">
        <a href={`${path}?platform=${encodeURIComponent(text)}`}>{text}</a>
      </td>
      <td data-label="Layers">
        {platform.layers.length > 0 ? (
          <Hold layers={platform.layers} thin />
        ) : (
          <span class="muted">{platform.described ? "none" : "not read yet"}</span>
        )}
      </td>
      <td class="number" data-label="Size">
        {platform.described ? <Size bytes={platform.size} /> : <span class="muted">not known yet</span>}
      </td>
      <td data-label="Digest">
        <a href={imagePath(repository, platform.digest)}>
          <ShortDigest digest={platform.digest} />
        </a>
      </td>
      <td data-label="Last pulled">
        <TimeOr at={platform.lastPulledAt} now={now} otherwise="never" />
      </td>
    </tr>
  );
}

function NoTags({ filter, more }: { filter: string | undefined; more: boolean }) {
  if (filter === undefined)
    return (
      <Empty title="There are no tags.">
        <p>A push makes one: the overview of this repository says how.</p>
      </Empty>
    );
  return (
    <Empty
      title={more ? `None of these tags has "${filter}" in its name.` : `No tag has "${filter}" in its name.`}
    >
      <p>
        {more ? "There are more to look through:" : "Part of the name is enough, with capitals as they are."}
      </p>
    </Empty>
  );
}
