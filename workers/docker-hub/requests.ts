import {
  addressOf,
  decide,
  namespaceOf,
  requireRepository,
  type PresentRepository,
  type Principal,
} from "../auth/index.ts";
import { readReadme } from "../hub/index.ts";
import { readTextAs } from "../platform/validate.ts";
import { searchRepositories } from "../search/index.ts";
import { HubError } from "../shared/errors.ts";
import { callerOf, requireViewer } from "./caller.ts";
import { changeTexts } from "./change-texts.ts";
import type { DockerHubContext } from "./context.ts";
import { fetchToken, logIn, refuseSecondFactor } from "./login.ts";
import { readAskedPage, toHubList } from "./pages.ts";
import type { HubPath } from "./paths.ts";
import { listRepositoriesOf, readRepository } from "./repositories.ts";
import { repositoryDetail, repositoryName, repositorySummary } from "./repository-shapes.ts";
import { listHubTags, readHubTag } from "./tags.ts";
import { describeCaller } from "./user.ts";

/** A README of the largest size with every character of it escaped, in bytes. */
const maximumTexts = 2 * 1024 * 1024;

/** What each kind of path answers to, by method; HEAD is a GET. */
const methods: Record<HubPath["kind"], readonly string[]> = {
  login: ["POST"],
  "second-factor": ["POST"],
  token: ["POST"],
  user: ["GET"],
  search: ["GET"],
  repositories: ["GET"],
  repository: ["GET", "PATCH"],
  tags: ["GET"],
  tag: ["GET"],
};

/**
 * What Docker Hub's API answers to a request.
 *
 * @throws HubError, for renderHubError; `not-found` for what the caller may not see, as for what is not there.
 */
export async function answerHub(context: DockerHubContext, request: Request, path: HubPath): Promise<object> {
  const { auth } = context;
  const method = request.method === "HEAD" ? "GET" : request.method;
  if (!methods[path.kind].includes(method))
    throw new HubError(
      "unsupported",
      `${request.method} is nothing that can be done here; try ${methods[path.kind].join(" or ")}`,
    );
  if (path.kind === "login") return logIn(auth, request, await readJson(request));
  if (path.kind === "token") return fetchToken(auth, request, await readJson(request));
  if (path.kind === "second-factor") return refuseSecondFactor(auth, request);

  const principal = await callerOf(auth, request);
  const url = addressed(context, request);
  switch (path.kind) {
    case "user":
      return describeCaller(context, principal);
    case "search":
      return answerSearch(context, principal, url);
    case "repositories": {
      const page = readAskedPage(url.searchParams);
      const viewer = requireViewer(principal);
      const { count, repositories } = await listRepositoriesOf(
        context,
        principal,
        viewer,
        path.namespace,
        page,
      );
      return toHubList(url, page, count, repositories.map(repositorySummary));
    }
    case "repository": {
      const action = method === "PATCH" ? "metadata" : "pull";
      if (method === "PATCH")
        await changeTexts(context, principal, path.name, await readJson(request, maximumTexts));
      return answerRepository(
        context,
        principal,
        await requireRepository(auth, principal, path.name, action),
      );
    }
    case "tags": {
      const page = readAskedPage(url.searchParams);
      const found = await requireRepository(auth, principal, path.name, "pull");
      const { count, tags } = await listHubTags(context, found, page, url.searchParams);
      return toHubList(url, page, count, tags);
    }
    case "tag":
      return readHubTag(context, await requireRepository(auth, principal, path.name, "pull"), path.tag);
  }
}

/** Whoever may write and not read gets the name back, and nothing of what is there. */
async function answerRepository(
  context: DockerHubContext,
  principal: Principal,
  found: PresentRepository,
): Promise<object> {
  const { auth, hub } = context;
  const now = auth.clock.now();
  if (!decide(principal, found, "pull", now).allow) return repositoryName(found.name);
  const [repository, readme] = await Promise.all([
    readRepository(context, principal, found.id),
    readReadme(hub, found),
  ]);
  if (!repository) throw new HubError("not-found", `there is no repository ${found.name}`);
  return repositoryDetail(repository, readme?.source ?? "", { principal, found, now });
}

/** `/v2/search/repositories`: the search of the hub in the shape that older scripts read. */
async function answerSearch({ search }: DockerHubContext, principal: Principal, url: URL): Promise<object> {
  const page = readAskedPage(url.searchParams);
  const text = url.searchParams.get("query") ?? "";
  const found = await searchRepositories(search, requireViewer(principal), {
    text,
    offset: page.offset,
    limit: page.size,
  });
  const results = found.hits.map(({ name, description, stars, pulls, badge }) => ({
    repo_name: name,
    repo_owner: namespaceOf(name),
    short_description: description,
    star_count: stars,
    pull_count: pulls,
    is_automated: false,
    is_official: badge === "official",
  }));
  return toHubList(url, page, found.total, results);
}

/** The address of a request as its client knows it. */
function addressed({ auth }: DockerHubContext, request: Request): URL {
  const { pathname, search } = new URL(request.url);
  return new URL(pathname + search, addressOf(auth, request).origin);
}

async function readJson(request: Request, maximum?: number): Promise<unknown> {
  const text = await readTextAs(request, "application/json", maximum);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new HubError("invalid", "the body is not JSON", { cause });
  }
}
