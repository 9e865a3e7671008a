import { z } from "zod";
import { rolesOf } from "../../../auth/index.ts";
import { countContents, getRepository } from "../../../registry/index.ts";
import { GoTo, page } from "../../page.ts";
import { Command } from "../../view/command.tsx";
import { Section } from "../../view/heading.tsx";
import { Time } from "../../view/time.tsx";
import { count, rightWords } from "../words.ts";
import { open, pathOf, RepositoryHead, repositoryCrumbs } from "./head.tsx";
import { sourceWords } from "./source-words.ts";

export const repositoryPage = page({
  path: "/r/:name{.+}",
  who: "user",
  params: z.strictObject({ name: z.string() }),
  load: async (at) => {
    const opened = await open(at, "pull");
    if (opened instanceof GoTo) return opened;
    const { services, actor, params } = at;
    const [{ createdAt }, contents] = await Promise.all([
      getRepository(services.registry, actor, params.name),
      countContents(services.registry, actor, params.name),
    ]);
    return { ...opened, createdAt, contents };
  },
  title: ({ repository }) => repository.name,
  crumbs: () => repositoryCrumbs,
  view: ({ data: { repository, may, createdAt, contents }, actor, visit, now }) => {
    const address = `${new URL(visit.origin).host}/${repository.name}`;
    const roles = rolesOf(actor, repository);
    return (
      <RepositoryHead repository={repository} may={may} tab="">
        <div class="columns">
          <div>
            <Section title="Pull">
              <Command text={`docker pull ${address}`} label="Pull" />
            </Section>
            {may("push") && (
              <Section title="Push">
                <Command text={`docker push ${address}:TAG`} label="Push" />
              </Section>
            )}
          </div>
          <div>
            <Section title="Facts">
              <dl>
                <dt>Tags</dt>
                <dd>{contents.tags.toLocaleString("en")}</dd>
                <dt>Holds</dt>
                <dd>{count(contents.manifests, "manifest")}</dd>
                <dt>Made</dt>
                <dd>
                  <Time at={createdAt} now={now} />
                </dd>
              </dl>
            </Section>
            <Section title="Your rights">
              {roles.length === 0 ? (
                <p>It is public: you may pull, as anybody may.</p>
              ) : (
                <ul>
                  {roles.map(({ role, source }) => (
                    <li>
                      {rightWords[role].label}, {sourceWords(source)}
                    </li>
                  ))}
                </ul>
              )}
              <p>
                <a href={`${pathOf(repository.name)}/-/explain`}>Explain a right</a>
              </p>
            </Section>
          </div>
        </div>
      </RepositoryHead>
    );
  },
});
