import type { Child } from "hono/jsx";
import type { Session } from "../../../accounts/index.ts";
import {
  decide,
  namespaceOf,
  requireRepository,
  type PresentRepository,
  type Principal,
  type RepositoryAction,
} from "../../../auth/index.ts";
import { readFront, type Front } from "../../../hub/index.ts";
import { GoTo, type At, type Crumb } from "../../page.ts";
import { Count } from "../../view/amounts.tsx";
import { Icon } from "../../view/icon.tsx";
import { Notice } from "../../view/notice.tsx";
import { Tabs } from "../../view/tabs.tsx";
import { pathOf } from "./paths.ts";

/** Where a page of a repository is: below its namespace, and below the repository's own page when it is not that one. */
export function crumbsOf(repository: string, below = true): Crumb[] {
  const namespace = namespaceOf(repository);
  return [
    { label: namespace, href: `/n/${namespace}` },
    ...(below ? [{ label: repository.slice(namespace.length + 1), href: pathOf(repository) }] : []),
  ];
}

/** A repository that a page is about, with what the reader may do there. */
export interface Opened {
  repository: PresentRepository;
  front: Front;
  signedIn: boolean;
  may: (action: RepositoryAction) => boolean;
}

type OpenAt = Pick<At<Session | undefined, { name: string }>, "services" | "params" | "now" | "url"> & {
  actor: Principal;
};

/**
 * The repository of the path, for whoever may do this there. An old name leads to the same page under the present one.
 *
 * @param parts what of its front is wanted besides what stands on top of each page
 * @throws HubError `not-found`, `denied`.
 */
export async function open(
  { services, actor, params, now, url }: OpenAt,
  action: RepositoryAction,
  parts: { readme?: boolean; days?: number } = {},
): Promise<Opened | GoTo> {
  const repository = await requireRepository(services.registry, actor, params.name, action);
  if (repository.name !== params.name)
    return new GoTo(pathOf(repository.name) + url.pathname.slice(pathOf(params.name).length) + url.search);
  const front = await readFront(services.hub, actor, repository, parts);
  return {
    repository,
    front,
    signedIn: actor.kind !== "anonymous",
    may: (each) => decide(actor, repository, each, now).allow,
  };
}

const tabs: readonly {
  label: string;
  path: string;
  needs: RepositoryAction;
  signedIn?: true;
}[] = [
  { label: "Overview", path: "", needs: "pull" },
  { label: "Tags", path: "/-/tags", needs: "pull" },
  { label: "Used by", path: "/-/used-by", needs: "pull" },
  { label: "Access", path: "/-/access", needs: "admin" },
  { label: "Explain a right", path: "/-/explain", needs: "pull", signedIn: true },
  { label: "Settings", path: "/-/settings", needs: "metadata" },
];

/** What is on top of each page of a repository. */
export function RepositoryHead({
  repository,
  front,
  signedIn,
  may,
  tab,
  usedBy,
  act,
  chips,
  children,
}: Opened & {
  tab: string;
  /** How many repositories build on it, where that is known. */
  usedBy?: number | undefined;
  /** Beside the name, such as a button. */
  act?: Child;
  /** Facts of the page beside those that every page has. */
  chips?: Child;
  children?: Child;
}) {
  const { name, visibility } = repository;
  const namespace = namespaceOf(name);
  const counts: Record<string, number | undefined> = { "/-/tags": front.tags, "/-/used-by": usedBy };
  return (
    <>
      <div class="repository-top">
        <h1>
          <span class="muted">{namespace}/</span>
          <wbr />
          {name.slice(namespace.length + 1)}
        </h1>
        {act}
      </div>
      {front.profile.description !== "" && <p class="lede">{front.profile.description}</p>}
      <ul class="chips">
        {front.badge === "official" && (
          <li class="chip ok">
            <Icon name="official" /> Official
          </li>
        )}
        {front.badge === "verified" && (
          <li class="chip ok">
            <Icon name="verified" /> Verified publisher
          </li>
        )}
        {visibility === "private" && (
          <li class="chip">
            <Icon name="lock" /> Private
          </li>
        )}
        {front.profile.deprecated && (
          <li class="chip care">
            <Icon name="care" /> Deprecated
          </li>
        )}
        <li class="chip">
          <a href={`${pathOf(name)}/-/pulls`}>
            <b>
              <Count number={front.pulls} />
            </b>{" "}
            {front.pulls === 1 ? "pull" : "pulls"}
          </a>
        </li>
        <li class="chip">
          <a href={`${pathOf(name)}/-/stars`}>
            <b>
              <Count number={front.stars} />
            </b>{" "}
            {front.stars === 1 ? "star" : "stars"}
          </a>
        </li>
        {chips}
      </ul>
      {front.profile.deprecated && <Deprecated successor={front.profile.deprecated.successor} />}
      <Tabs
        label={`Pages of ${name}`}
        current={pathOf(name) + tab}
        tabs={tabs
          .filter((each) => may(each.needs) && (signedIn || !each.signedIn))
          .map(({ label, path }) => ({
            label,
            href: pathOf(name) + path,
            ...(counts[path] === undefined ? {} : { count: counts[path] }),
          }))}
      />
      {children}
    </>
  );
}

function Deprecated({ successor }: { successor: string | null }) {
  return (
    <Notice kind="care">
      <p>
        This repository is deprecated: nobody keeps it up.
        {successor !== null && (
          <>
            {" "}
            Use <a href={pathOf(successor)}>{successor}</a> in its place.
          </>
        )}
      </p>
    </Notice>
  );
}
