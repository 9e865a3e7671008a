import { z } from "zod";
import type { PresentRepository } from "../../../auth/index.ts";
import {
  listReferrersOf,
  readImage,
  readReferrer,
  type Attachment,
  type ImagesContext,
  type ImageView,
  type ReferrerRow,
} from "../../../images/index.ts";
import { repositoryVersion } from "../../../hub/index.ts";
import { HubError } from "../../../shared/errors.ts";
import { parseReference, type Reference } from "../../../shared/reference.ts";
import * as fields from "../../fields.ts";
import { GoTo, page, type At } from "../../page.ts";
import { Size } from "../../view/amounts.tsx";
import { Command } from "../../view/command.tsx";
import { ShortDigest } from "../../view/digest.tsx";
import { Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { platformText } from "../../view/platform.ts";
import { PullBox } from "../../view/pull-box.tsx";
import { Time } from "../../view/time.tsx";
import { Attachments } from "./attachments.tsx";
import { crumbsOf, open, RepositoryHead, type Opened } from "./head.tsx";
import { Annotations, Configuration } from "./image-configuration.tsx";
import { Layers } from "./image-layers.tsx";
import { Attached, carriedWords } from "./image-referrers.tsx";
import { imagePath, tagPath, tagsPath } from "./paths.ts";

const query = z.strictObject({
  /** Such as linux/arm64. */
  platform: fields.optionalText(100),
  /** Of a list of packages: part of the name. */
  q: fields.optionalText(100),
  /** How many entries of a long list come before those that are shown. */
  from: z.coerce.number().int().min(0).max(100_000).default(0),
});
type Query = z.output<typeof query>;

interface Loaded {
  opened: Opened;
  /** By which tag it was asked for. */
  tag: string | undefined;
  view: ImageView;
  referrers: ReferrerRow[];
  attachments: Attachment[];
}

/** An image by one of its tags. */
export const tagPage = page({
  path: "/r/:name{.+}/-/tags/:tag",
  who: "anybody",
  params: z.strictObject({ name: z.string(), tag: z.string() }),
  query,
  cache: ({ services, params: { name } }) => repositoryVersion(services.hub, name),
  load: (at) => load(at, at.params.tag, at.query),
  title: ({ opened, tag }) => `${opened.repository.name}:${tag ?? ""}`,
  description: ({ opened: { repository }, tag }) =>
    `What is inside ${repository.name}:${tag ?? ""}: its layers, how it runs, and what is attached to it.`,
  crumbs: (_at, { opened: { repository } }) => [
    ...crumbsOf(repository.name),
    { label: "Tags", href: tagsPath(repository.name) },
  ],
  view: ({ data, query: asked, url, visit, now }) => (
    <ImagePage data={data} query={asked} url={url} origin={visit.origin} now={now} />
  ),
});

/** An image, or something else that was pushed, by its digest. */
export const imagePage = page({
  path: "/r/:name{.+}/-/images/:digest",
  who: "anybody",
  params: z.strictObject({ name: z.string(), digest: z.string() }),
  query,
  cache: ({ services, params: { name } }) => repositoryVersion(services.hub, name),
  load: (at) => load(at, at.params.digest, at.query),
  title: ({ opened, view }) => `${opened.repository.name}@${view.digest.slice(0, 19)}`,
  indexed: false,
  crumbs: (_at, { opened: { repository } }) => crumbsOf(repository.name),
  view: ({ data, query: asked, url, visit, now }) => (
    <ImagePage data={data} query={asked} url={url} origin={visit.origin} now={now} />
  ),
});

type LoadAt = Pick<At<At["session"], { name: string }>, "services" | "actor" | "params" | "now" | "url">;

async function load(at: LoadAt, written: string, asked: Query): Promise<Loaded | GoTo> {
  const opened = await open(at, "pull");
  if (opened instanceof GoTo) return opened;
  const { services } = at;
  const { repository } = opened;
  const reference = parseReference(written);
  if (!reference) throw unknown(repository.name, written);
  const view = await readImage(services.images, repository, reference, asked.platform);
  const [referrers, attachments] = await Promise.all([
    referrersOf(services.images, repository, view),
    view.kind === "artifact" ? readReferrer(services.images, repository, view.digest) : [],
  ]);
  return { opened, tag: tagOf(reference), view, referrers, attachments };
}

/** What is attached to the index, and to the image that is shown of it: not what is attached to the other images. */
async function referrersOf(
  images: ImagesContext,
  repository: PresentRepository,
  { digest, image }: ImageView,
): Promise<ReferrerRow[]> {
  if (!image || image.digest === digest) return listReferrersOf(images, repository, digest);
  const [ofIndex, ofImage] = await Promise.all([
    listReferrersOf(images, repository, digest),
    listReferrersOf(images, repository, image.digest),
  ]);
  return [...ofIndex.filter(({ found }) => found !== "index"), ...ofImage];
}

function tagOf(reference: Reference): string | undefined {
  return "tag" in reference ? reference.tag : undefined;
}

function unknown(repository: string, written: string): HubError {
  return new HubError(
    "not-found",
    `"${written.slice(0, 200)}" is neither a tag nor a digest; ${tagsPath(repository)} lists the tags`,
  );
}

function ImagePage({
  data: { opened, tag, view, referrers, attachments },
  query: asked,
  url,
  origin,
  now,
}: {
  data: Loaded;
  query: Query;
  url: URL;
  origin: string;
  now: number;
}) {
  const { name } = opened.repository;
  const { image } = view;
  return (
    <RepositoryHead {...opened} tab="/-/tags">
      <div class="image-head">
        <h2>{tag ?? nameOf(attachments) ?? <ShortDigest digest={view.digest} />}</h2>
        <p class="muted">
          {image && (
            <>
              <Size bytes={image.size} />,{" "}
            </>
          )}
          pushed <Time at={view.pushedAt} now={now} />
          {image?.madeAt !== null && image?.madeAt !== undefined && (
            <>
              , built <Time at={image.madeAt} now={now} />
            </>
          )}
          {tag !== undefined && opened.may("delete") && (
            <>
              {" "}
              <a href={`${tagPath(name, tag)}/delete`}>Delete this tag</a>
            </>
          )}
        </p>
      </div>
      {view.platforms.length > 1 && <Platforms view={view} path={url.pathname} />}
      {asked.platform !== undefined && image && platformText(image) !== asked.platform && (
        <Notice kind="care">
          <p>{`It has no image for ${asked.platform}: this is the one for ${platformText(image)}.`}</p>
        </Notice>
      )}
      <div class="columns">
        {view.kind !== "artifact" && (
          <Section title="Pull">
            <PullBox image={{ origin, repository: name, tag, digest: view.digest }} />
          </Section>
        )}
        <Section title="Digest">
          <Command text={view.digest} label="Digest" />
          {image && image.digest !== view.digest && (
            <p>
              For {platformText(image)}:{" "}
              <a href={imagePath(name, image.digest)}>
                <ShortDigest digest={image.digest} />
              </a>
            </p>
          )}
          {opened.repository.visibility === "public" && (
            <p>
              <a href={`/api/v1/repositories/${name}/-/images/${view.digest}`}>The same as JSON</a>
            </p>
          )}
          <OtherTags repository={name} view={view} tag={tag} />
        </Section>
      </div>
      <Attachments attachments={attachments} asked={asked} url={url} now={now} />
      {image?.unreadable && (
        <Notice kind="care">
          <p>{`What is inside could not be read: ${image.unreadable.slice(0, 300)}.`}</p>
        </Notice>
      )}
      {image && image.steps.length > 0 && attachments.every(({ kind }) => kind === "unreadable") && (
        <Layers image={image} from={asked.from} url={url} />
      )}
      {image?.config && <Configuration config={image.config} />}
      <Attached repository={name} referrers={referrers} now={now} />
      <Annotations annotations={{ ...view.annotations, ...image?.annotations }} />
    </RepositoryHead>
  );
}

/** What an artifact carries, as its title. */
function nameOf(attachments: readonly Attachment[]): string | undefined {
  const kinds = attachments.flatMap(({ kind }) => (kind === "unreadable" ? [] : [carriedWords[kind]]));
  return kinds.length > 0 ? [...new Set(kinds)].join(", ") : undefined;
}

/** The same image for other machines. */
function Platforms({ view, path }: { view: ImageView; path: string }) {
  return (
    <nav class="choices" aria-label="Platforms">
      {view.platforms.slice(0, 40).map((platform) => {
        const text = platformText(platform);
        return (
          <a
            href={`${path}?platform=${encodeURIComponent(text)}`}
            aria-current={platform.digest === view.image?.digest ? "true" : undefined}
          >
            {text}
          </a>
        );
      })}
    </nav>
  );
}

function OtherTags({
  repository,
  view,
  tag,
}: {
  repository: string;
  view: ImageView;
  tag: string | undefined;
}) {
  const others = view.tags.filter((each) => each !== tag);
  if (others.length === 0) return null;
  return (
    <>
      <h3>{tag === undefined ? "Tags" : "Also tagged"}</h3>
      <ul class="chips">
        {others.map((each) => (
          <li class="chip">
            <a href={tagPath(repository, each)}>{each}</a>
          </li>
        ))}
      </ul>
    </>
  );
}
