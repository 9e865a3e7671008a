import type { Carried, ImageView } from "../../../images/index.ts";
import { categoryLabel } from "../../../shared/categories.ts";
import { Size } from "../../view/amounts.tsx";
import { ShortDigest } from "../../view/digest.tsx";
import { platformText } from "../../view/platform.ts";
import { Time } from "../../view/time.tsx";
import type { Opened } from "./head.tsx";
import { imagePath, pathOf, tagPath } from "./paths.ts";

/** More platforms than this are counted. */
const mostPlatforms = 8;

/** What one wants to know of a repository at a glance. */
export function Facts({
  repository: { name: repository },
  front,
  signedIn,
  may,
  view,
  now,
}: Opened & {
  view: ImageView | undefined;
  now: number;
}) {
  const { profile, lead, updatedAt } = front;
  const aliases = view?.tags.filter((tag) => tag !== lead?.tag) ?? [];
  const licenses = profile.licenses ?? view?.annotations["org.opencontainers.image.licenses"];
  const revision = view?.annotations["org.opencontainers.image.revision"];
  return (
    <dl class="facts">
      {lead && (
        <>
          <dt>Tag</dt>
          <dd>
            <a href={tagPath(repository, lead.tag)}>{lead.tag}</a>
            {aliases.length > 0 && <span class="muted">, also {aliases.slice(0, 3).join(", ")}</span>}
          </dd>
          {updatedAt !== null && (
            <>
              <dt>Updated</dt>
              <dd>
                <Time at={updatedAt} now={now} />
              </dd>
            </>
          )}
          <dt>Digest</dt>
          <dd>
            <a href={imagePath(repository, lead.digest)}>
              <ShortDigest digest={lead.digest} />
            </a>
          </dd>
        </>
      )}
      {view?.image && (
        <>
          <dt>Size</dt>
          <dd>
            <Size bytes={view.image.size} />
          </dd>
        </>
      )}
      {view && view.platforms.length > 0 && (
        <>
          <dt>Platforms</dt>
          <dd>
            <ul class="plain">
              {view.platforms.slice(0, mostPlatforms).map((platform) => (
                <li>{platformText(platform)}</li>
              ))}
              {view.platforms.length > mostPlatforms && (
                <li class="muted">and {view.platforms.length - mostPlatforms} more</li>
              )}
            </ul>
          </dd>
        </>
      )}
      {licenses && (
        <>
          <dt>Licence</dt>
          <dd>{licenses.slice(0, 200)}</dd>
        </>
      )}
      {profile.sourceUrl !== null && (
        <>
          <dt>Source</dt>
          <dd>
            <SourceLink url={profile.sourceUrl} />
          </dd>
        </>
      )}
      {revision && (
        <>
          <dt>Revision</dt>
          <dd>
            <code>{revision.slice(0, 12)}</code>
          </dd>
        </>
      )}
      {view && view.attached.length > 0 && lead && (
        <>
          <dt>Attached</dt>
          <dd>
            <a href={`${tagPath(repository, lead.tag)}#attached`}>
              {view.attached.map((kind) => attachedWords[kind]).join(", ")}
            </a>
          </dd>
        </>
      )}
      {profile.categories.length > 0 && (
        <>
          <dt>Categories</dt>
          <dd>
            <ul class="plain">
              {profile.categories.map((slug) => (
                <li>
                  <a href={`/categories/${slug}`}>{categoryLabel(slug)}</a>
                </li>
              ))}
            </ul>
          </dd>
        </>
      )}
      {signedIn && (
        <>
          <dt>You may</dt>
          <dd>
            <a href={`${pathOf(repository)}/-/explain`}>{rightsText(may)}</a>
          </dd>
        </>
      )}
    </dl>
  );
}

function rightsText(may: Opened["may"]): string {
  if (may("admin")) return "do everything";
  return may("push") ? "pull and push" : "pull";
}

/** In one line with others. */
const attachedWords: Record<Carried, string> = {
  signature: "signature",
  sbom: "packages",
  provenance: "provenance",
  scan: "scan report",
};

/** A link that whoever pushed has chosen. Only the web is linked to; anything else is text. */
export function SourceLink({ url }: { url: string }) {
  const text = url.replace(/^https?:\/\//, "").slice(0, 100);
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) return <>{url.slice(0, 200)}</>;
  return (
    <a href={url} rel="nofollow ugc noopener">
      {text}
    </a>
  );
}
