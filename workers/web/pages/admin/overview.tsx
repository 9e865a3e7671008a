import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { readHealth, readStorageTotal, type HealthState } from "../../../hub/index.ts";
import { searchStatus, startRebuild, type SearchStatus } from "../../../search/index.ts";
import { GoTo, page } from "../../page.ts";
import { Size } from "../../view/amounts.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { Table } from "../../view/table.tsx";
import { TimeOr } from "../../view/time.tsx";
import { count } from "../words.ts";
import { Admin } from "./frame.tsx";

const states: Record<HealthState, { label: string; class: string }> = {
  well: { label: "Well", class: "chip ok" },
  care: { label: "Take a look", class: "chip care" },
  wrong: { label: "Wrong", class: "chip away" },
};

/** How the hub is. */
export const adminPage = page({
  path: "/admin",
  who: "administrator",
  title: "Administration",
  load: async ({ services: { hub, search }, actor }) => {
    const [health, storage, index] = await Promise.all([
      readHealth(hub, actor),
      readStorageTotal(hub, actor),
      statusOf(searchStatus(search)),
    ]);
    return { ...health, storage, index };
  },
  forms: {
    rebuild: {
      fields: z.strictObject({}),
      run: async ({ services, session, actor }) => {
        requireSudo(services.accounts, session);
        await startRebuild(services.search, actor);
        return new GoTo("/admin", {
          saying: "The search index is being made anew; until it is there, the old one is searched.",
        });
      },
    },
  },
  view: ({ data: { parts, runs, schema, release, storage, index }, form, now }) => {
    const troubles = parts.filter(({ state }) => state !== "well").length;
    return (
      <Admin current="/admin">
        {troubles === 0 ? (
          <Notice kind="done">Everything is well.</Notice>
        ) : (
          <Notice kind="care">{count(troubles, "thing needs", "things need")} a look.</Notice>
        )}
        <h2>Health</h2>
        <Table
          caption="Health"
          columns={[
            { label: "Part", whole: true },
            { label: "State", whole: true },
            { label: "What is known" },
          ]}
          rows={parts.map(({ name, state, says }) => [
            name,
            <span>
              <span class={states[state].class}>{states[state].label}</span>
            </span>,
            says,
          ])}
        />
        <div class="columns">
          <Section title="Storage">
            <dl>
              <dt>Bytes of blobs</dt>
              <dd>
                <Size bytes={storage.stored} />
              </dd>
              <dt>Blobs</dt>
              <dd>{storage.blobs.toLocaleString("en")}</dd>
              <dt>Counted</dt>
              <dd>
                <TimeOr at={storage.countedAt} now={now} otherwise="not yet" />
                {storage.counting && " (a count is under way)"}
              </dd>
            </dl>
            <p>
              <a href="/admin/storage">What each namespace holds</a>
            </p>
          </Section>
          <Section title="Search index">
            {index && (
              <dl>
                <dt>Repositories in it</dt>
                <dd>{index.documents.toLocaleString("en")}</dd>
                <dt>Changes it lacks</dt>
                <dd>{index.waiting.toLocaleString("en")}</dd>
                <dt>Made anew</dt>
                <dd>
                  <TimeOr at={index.builtAt} now={now} otherwise="never" />
                  {index.rebuild !== null &&
                    ` (${Math.round(index.rebuild * 100)} % of the next one is done)`}
                </dd>
              </dl>
            )}
            <Form form={form("rebuild")} submit="Make the search index anew" inline />
          </Section>
        </div>
        <h2>What runs by itself</h2>
        {runs.length === 0 ? (
          <p class="muted">Nothing has run yet: the clock strikes every five minutes.</p>
        ) : (
          <Table
            caption="What runs by itself"
            columns={[
              { label: "Job", whole: true },
              { label: "Succeeded", whole: true },
              { label: "Failed", whole: true },
              { label: "Last problem" },
            ]}
            rows={runs.map(({ name, succeededAt, failedAt, failures, problem }) => [
              name,
              <TimeOr at={succeededAt} now={now} otherwise="never" />,
              <TimeOr at={failedAt} now={now} otherwise="never" />,
              problem === null ? (
                <span class="muted">none</span>
              ) : (
                `${failures === 0 ? "Over" : count(failures, "time")}: ${problem}`
              ),
            ])}
          />
        )}
        <p class="muted">
          This is Wherry {release.version}
          {release.build !== null && (
            <>
              , build <code>{release.build}</code>
            </>
          )}
          . The last migration of the database is <code>{schema}</code>.
        </p>
      </Admin>
    );
  },
});

/** The index is a database of its own, and may not answer: its health says so. */
async function statusOf(read: Promise<SearchStatus>): Promise<SearchStatus | undefined> {
  return read.catch(() => undefined);
}
