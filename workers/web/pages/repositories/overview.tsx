import { raw } from "hono/html";
import { z } from "zod";
import { viewerOf } from "../../../auth/index.ts";
import { repositoryVersion, star, unstar } from "../../../hub/index.ts";
import { countUsedBy, originOf, readImage, type ImageView, type Origin } from "../../../images/index.ts";
import { withNext } from "../../next-path.ts";
import { GoTo, page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Empty } from "../../view/empty.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Icon } from "../../view/icon.tsx";
import { shortPlatform } from "../../view/platform.ts";
import { PullBox } from "../../view/pull-box.tsx";
import { PullChart } from "../../view/pull-chart.tsx";
import { Time } from "../../view/time.tsx";
import type { FormState } from "../../form-state.ts";
import { Facts } from "./facts.tsx";
import { crumbsOf, open, RepositoryHead, type Opened } from "./head.tsx";
import { Inside, NoInside } from "./inside.tsx";
import { pathOf } from "./paths.ts";

const params = z.strictObject({ name: z.string() });

/** Characters of HTML: a README with more is not part of this page, which is to be there at once. */
const longest = 100_000;

/** What a repository is, what is inside its newest image, and the command that pulls it. */
export const repositoryPage = page({
  path: "/r/:name{.+}",
  who: "anybody",
  params,
  load: async (at) => {
    const opened = await open(at, "pull", { readme: true, days: 30 });
    if (opened instanceof GoTo) return opened;
    const { services, actor } = at;
    const { lead } = opened.front;
    const viewer = viewerOf(actor);
    const { repository } = opened;
    const [view, usedBy] = await Promise.all([
      lead && readImage(services.images, repository, { digest: lead.digest }),
      viewer ? countUsedBy(services.images, viewer, repository) : 0,
    ]);
    const origin = view?.image && (await originOf(services.images, repository, view.image.digest));
    return { opened, usedBy, view, origin };
  },
  title: ({ opened }) => opened.repository.name,
  description: ({ opened: { repository, front } }) =>
    front.profile.description ||
    `The image ${repository.name}: what is inside, its tags, and the command that pulls it.`,
  cache: ({ services, params: { name } }) => repositoryVersion(services.hub, name),
  crumbs: (_at, { opened }) => crumbsOf(opened.repository.name, false),
  forms: {
    star: {
      fields: z.strictObject({}),
      run: async ({ services, actor, params: { name } }) => {
        if (actor.kind === "anonymous") return new GoTo(withNext("/sign-in", pathOf(name)));
        await star(services.hub, actor, name);
        return new GoTo(pathOf(name));
      },
    },
    unstar: {
      fields: z.strictObject({}),
      run: async ({ services, actor, params: { name } }) => {
        if (actor.kind === "anonymous") return new GoTo(withNext("/sign-in", pathOf(name)));
        await unstar(services.hub, actor, name);
        return new GoTo(pathOf(name));
      },
    },
  },
  view: ({ data: { opened, usedBy, view, origin }, form, visit, session, now }) => {
    const { repository, front, may } = opened;
    const { lead } = front;
    return (
      <RepositoryHead
        {...opened}
        usedBy={usedBy}
        tab=""
        act={<Star {...opened} form={form} />}
        chips={
          view &&
          lead && (
            <>
              {view.platforms.length > 0 && (
                <li class="chip">{view.platforms.slice(0, 4).map(shortPlatform).join(" · ")}</li>
              )}
              {front.updatedAt !== null && (
                <li class="chip">
                  Updated <Time at={front.updatedAt} now={now} />
                </li>
              )}
            </>
          )
        }
      >
        <div class="repository">
          {lead && (
            <div class="repository-aside">
              <Section title="Pull">
                <PullBox
                  image={{
                    origin: visit.origin,
                    repository: repository.name,
                    tag: lead.tag,
                    digest: lead.digest,
                  }}
                />
              </Section>
              <Section title="Facts">
                <Facts {...opened} view={view} now={now} />
              </Section>
            </div>
          )}
          <div class="repository-main">
            {lead && view ? (
              <InsideOf repository={repository.name} tag={lead.tag} view={view} origin={origin} />
            ) : (
              <NothingPushed
                name={repository.name}
                origin={visit.origin}
                push={may("push")}
                user={session?.user.name ?? "NAME"}
              />
            )}
            <ReadmeOf {...opened} />
          </div>
          {(lead || front.pulls > 0) && (
            <div class="repository-rest">
              <Section title="Pulls, last 30 days">
                <PullChart days={front.days} />
              </Section>
            </div>
          )}
        </div>
      </RepositoryHead>
    );
  },
});

function InsideOf({
  repository,
  tag,
  view,
  origin,
}: {
  repository: string;
  tag: string;
  view: ImageView;
  origin: Origin | undefined;
}) {
  const { image } = view;
  if (image && image.steps.some(({ layer }) => layer))
    return <Inside repository={repository} tag={tag} image={image} base={origin?.base} />;
  if (view.kind === "artifact")
    return (
      <NoInside
        repository={repository}
        tag={tag}
        why="This is no image that runs, but something else that is kept here."
      />
    );
  return <NoInside repository={repository} tag={tag} why="Its layers are not known." />;
}

function Star({
  repository: { name },
  front,
  signedIn,
  form,
}: Opened & { form: (name: "star" | "unstar") => FormState }) {
  if (!signedIn)
    return (
      <a class="button quiet" href={withNext("/sign-in", pathOf(name))}>
        <Icon name="star" /> Sign in to star
      </a>
    );
  return front.starred ? (
    <Form
      form={form("unstar")}
      submit="Starred"
      icon="starred"
      label={`Take back the star of ${name}`}
      inline
    />
  ) : (
    <Form form={form("star")} submit="Star" icon="star" label={`Star ${name}`} inline />
  );
}

function ReadmeOf({ repository, front: { readme }, may }: Opened) {
  if (readme && readme.html.length > longest)
    return (
      <Empty title="The README is long.">
        <p>
          It is on <a href={`${pathOf(repository.name)}/-/readme`}>a page of its own</a>.
        </p>
      </Empty>
    );
  if (readme) return <article class="readme">{raw(readme.html)}</article>;
  if (!may("metadata")) return null;
  return (
    <Empty title="There is no README yet.">
      <p>
        It says what the image is for and how to run it:{" "}
        <a href={`${pathOf(repository.name)}/-/settings`}>write one</a>.
      </p>
    </Empty>
  );
}

/** An empty repository: what to type to change that. */
function NothingPushed({
  name,
  origin,
  push,
  user,
}: {
  name: string;
  origin: string;
  push: boolean;
  user: string;
}) {
  const { host } = new URL(origin);
  return (
    <Empty title="Nothing has been pushed here yet.">
      {push && (
        <>
          <p>Sign in once, name an image that you have, and push it:</p>
          <Command text={`docker login --username ${user} ${host}`} label="Sign in" />
          <Command text={`docker tag IMAGE ${host}/${name}:latest`} label="Name an image" />
          <Command text={`docker push ${host}/${name}:latest`} label="Push it" />
          <p>
            docker asks for an access token in place of a password:{" "}
            <a href="/settings/tokens/new">make one</a>.
          </p>
        </>
      )}
    </Empty>
  );
}
