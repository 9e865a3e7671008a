import { z } from "zod";
import { compareImages, listTags, type Comparison } from "../../../images/index.ts";
import { HubError } from "../../../shared/errors.ts";
import { parseReference } from "../../../shared/reference.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Empty } from "../../view/empty.tsx";
import { Notice } from "../../view/notice.tsx";
import { sentence } from "../../form-state.ts";
import { ConfigChanges, LayerChanges, PackageChanges, Sides } from "./compare-changes.tsx";
import { crumbsOf, open, RepositoryHead } from "./head.tsx";

/** Tags that are offered; any other can be typed. */
const offered = 50;

/** What changed from one image of a repository to another. */
export const comparePage = page({
  path: "/r/:name{.+}/-/compare",
  who: "anybody",
  params: z.strictObject({ name: z.string() }),
  query: z.strictObject({
    from: fields.optionalText(200),
    to: fields.optionalText(200),
    platform: fields.optionalText(100),
  }),
  indexed: false,
  load: async (at) => {
    const opened = await open(at, "pull");
    if (opened instanceof GoTo) return opened;
    const { services, query } = at;
    const { repository } = opened;
    const [{ tags }, outcome] = await Promise.all([
      listTags(services.images, repository, {
        sort: "pushed",
        filter: "",
        page: { limit: offered, last: "" },
      }),
      query.from !== undefined && query.to !== undefined
        ? compared(() =>
            compareImages(
              services.images,
              repository,
              referenceOf(query.from ?? ""),
              referenceOf(query.to ?? ""),
              query.platform,
            ),
          )
        : undefined,
    ]);
    return { opened, tags: tags.map(({ name }) => name), ...outcome };
  },
  title: ({ opened }) => `Compare images of ${opened.repository.name}`,
  crumbs: (_at, { opened }) => crumbsOf(opened.repository.name),
  view: ({ data: { opened, tags, comparison, problem }, query }) => {
    const { name } = opened.repository;
    return (
      <RepositoryHead {...opened} tab="/-/tags">
        <h2>Compare</h2>
        <form method="get" class="filters" aria-label="Compare two images">
          <Side name="from" label="From" value={query.from ?? tags[1]} />
          <Side name="to" label="To" value={query.to ?? tags[0]} />
          <div class="field">
            <label for="compare-platform">Platform</label>
            <input
              id="compare-platform"
              name="platform"
              value={query.platform}
              placeholder="linux/amd64"
              maxlength={100}
              autocomplete="off"
              spellcheck={false}
            />
          </div>
          <datalist id="compare-tags">
            {tags.map((tag) => (
              <option value={tag}></option>
            ))}
          </datalist>
          <button class="quiet">Compare</button>
        </form>
        {problem !== undefined && (
          <Notice kind="wrong">
            <p>{problem}</p>
          </Notice>
        )}
        {comparison ? (
          <Changes comparison={comparison} repository={name} from={query.from ?? ""} to={query.to ?? ""} />
        ) : (
          problem === undefined && (
            <Empty title="Choose two tags or digests.">
              <p>You see which layers, settings and packages changed from the one to the other.</p>
            </Empty>
          )
        )}
      </RepositoryHead>
    );
  },
});

function Side({ name, label, value }: { name: string; label: string; value: string | undefined }) {
  return (
    <div class="field">
      <label for={`compare-${name}`}>{label}</label>
      <input
        id={`compare-${name}`}
        name={name}
        value={value}
        list="compare-tags"
        required
        maxlength={200}
        autocomplete="off"
        autocapitalize="none"
        spellcheck={false}
      />
    </div>
  );
}

function referenceOf(text: string) {
  const reference = parseReference(text.trim());
  if (!reference) throw new HubError("invalid", `"${text.slice(0, 200)}" is neither a tag nor a digest`);
  return reference;
}

/** A comparison, or why there is none: the page says so, and its form stays. */
async function compared(
  run: () => Promise<Comparison>,
): Promise<{ comparison?: Comparison; problem?: string }> {
  try {
    return { comparison: await run() };
  } catch (error) {
    if (!(error instanceof HubError) || (error.kind !== "not-found" && error.kind !== "invalid")) throw error;
    return { problem: sentence(error.message) };
  }
}

function Changes(props: { comparison: Comparison; repository: string; from: string; to: string }) {
  const { comparison } = props;
  const same = comparison.from.digest === comparison.to.digest;
  return (
    <>
      <Sides {...props} />
      {same ? (
        <Empty title="They are the same image.">
          <p>Both have the same digest, so every byte is the same.</p>
        </Empty>
      ) : (
        <>
          <LayerChanges changes={comparison.layers} />
          <ConfigChanges changes={comparison.config} />
          <PackageChanges changes={comparison.packages} />
        </>
      )}
    </>
  );
}
