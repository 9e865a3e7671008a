import type { Child } from "hono/jsx";
import type { Session } from "../../../accounts/index.ts";
import {
  decide,
  requireRepository,
  type PresentRepository,
  type RepositoryAction,
} from "../../../auth/index.ts";
import { GoTo, type At, type Crumb } from "../../page.ts";
import { Tabs } from "../../view/tabs.tsx";

export function pathOf(repository: string): string {
  return `/r/${repository}`;
}

export const repositoryCrumbs: Crumb[] = [{ label: "Repositories", href: "/repositories" }];

/** A repository that a page is about, with what the reader may do there. */
export interface Opened {
  repository: PresentRepository;
  may: (action: RepositoryAction) => boolean;
}

type OpenAt = Pick<At<Session, { name: string }>, "services" | "actor" | "params" | "now" | "url">;

/**
 * The repository of the path, for whoever may do this there. An old name leads to the same page under the present one.
 *
 * @throws HubError `not-found`, `denied`.
 */
export async function open(
  { services, actor, params, now, url }: OpenAt,
  action: RepositoryAction,
): Promise<Opened | GoTo> {
  const repository = await requireRepository(services.registry, actor, params.name, action);
  if (repository.name !== params.name)
    return new GoTo(pathOf(repository.name) + url.pathname.slice(pathOf(params.name).length) + url.search);
  return { repository, may: (each) => decide(actor, repository, each, now).allow };
}

const tabs: readonly { label: string; path: string; needs: RepositoryAction }[] = [
  { label: "Overview", path: "", needs: "pull" },
  { label: "Access", path: "/-/access", needs: "admin" },
  { label: "Explain a right", path: "/-/explain", needs: "pull" },
  { label: "Settings", path: "/-/settings", needs: "admin" },
];

/** What is on top of each page of a repository. */
export function RepositoryHead({
  repository,
  may,
  tab,
  children,
}: Opened & { tab: string; children?: Child }) {
  const { name, visibility } = repository;
  const slash = name.indexOf("/") + 1;
  return (
    <>
      <h1>
        <span class="muted">{name.slice(0, slash)}</span>
        {name.slice(slash)}
      </h1>
      <p class="chips">
        <span class="chip">{visibility}</span>
      </p>
      <Tabs
        label={`Pages of ${name}`}
        current={pathOf(name) + tab}
        tabs={tabs
          .filter(({ needs }) => may(needs))
          .map(({ label, path }) => ({ label, href: pathOf(name) + path }))}
      />
      {children}
    </>
  );
}
