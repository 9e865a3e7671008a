import { z } from "zod";
import { explain, repositoryActions, type Explanation } from "../../../auth/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import { sentence } from "../../form-state.ts";
import { GoTo, page } from "../../page.ts";
import { Filter, FilterChoice, Filters } from "../../view/filters.tsx";
import { Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { actionWords } from "../tokens/scope-words.ts";
import { rightWords } from "../words.ts";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";

/** Why somebody may, or may not, do something here: oneself; for administrators of the repository also others. */
export const explainPage = page({
  path: "/r/:name{.+}/-/explain",
  who: "user",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({ who: fields.optionalText(130), action: z.enum(repositoryActions).default("pull") }),
  load: async (at) => {
    const opened = await open(at, "pull");
    if (opened instanceof GoTo) return opened;
    const { services, actor, params, query } = at;
    const of =
      query.who === undefined ? {} : query.who.includes("+") ? { robot: query.who } : { user: query.who };
    const answer = await explain(services.auth, actor, params.name, of, query.action).catch(asProblem);
    return { opened, answer };
  },
  title: ({ opened }) => `Explain a right to ${opened.repository.name}`,
  crumbs: (_at, { opened: { repository } }) => crumbsOf(repository.name),
  view: ({ data: { opened, answer }, query, actor }) => (
    <RepositoryHead {...opened} tab="/-/explain">
      <Filters label="Whose right to what" submit="Explain">
        <Filter name="who" label="Who" value={query.who} placeholder={actor.name} />
        <FilterChoice
          name="action"
          label="Does what"
          value={query.action}
          required
          options={repositoryActions.map((value) => ({ value, label: actionWords[value].label }))}
        />
      </Filters>
      {typeof answer === "string" ? (
        <Notice kind="wrong">
          <p>{answer}</p>
        </Notice>
      ) : (
        <Answer answer={answer} />
      )}
      <p class="muted">
        A robot is written as its namespace and name, such as acme+deploy. Leave the name empty for yourself.
      </p>
    </RepositoryHead>
  ),
});

function Answer({ answer }: { answer: Explanation }) {
  return (
    <Section title={answer.allow ? "Yes" : "No"}>
      <p class="verdict">{sentence(answer.sentence)}</p>
      {answer.sources.length === 0 ? (
        <p>Nothing gives {answer.who ?? "them"} a right here.</p>
      ) : (
        <>
          <p>What gives {answer.who ?? "them"} a right here:</p>
          <ul>
            {answer.sources.map(({ role, from }) => (
              <li>
                {rightWords[role].label}: {from}
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

/** What cannot be explained is said in place of the answer: the form stays. */
function asProblem(error: unknown): string {
  if (error instanceof HubError && (error.kind === "not-found" || error.kind === "denied"))
    return sentence(error.message);
  throw error;
}
