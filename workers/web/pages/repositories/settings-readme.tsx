import { raw } from "hono/html";
import { z } from "zod";
import type { Principal } from "../../../auth/index.ts";
import {
  previewReadme,
  readmeAddresses,
  removeReadme,
  takeGitReadme,
  writeReadme,
  type HubContext,
  type Readme,
} from "../../../hub/index.ts";
import { emptyForm, type FormState } from "../../form-state.ts";
import { GoTo, Show } from "../../page.ts";
import { TextArea } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { Time } from "../../view/time.tsx";
import { pathOf } from "./paths.ts";

/** Room for more than a README may have, so that the noun function says how much is too much. */
const editorRoom = 512 * 1024;

export const readmeFields = z.strictObject({
  readme: z.string().max(editorRoom),
  /** What the button that was pressed is for; saving without it. */
  act: z.literal("preview").optional(),
});

/** Bytes of the form: a byte that is no plain letter takes three. */
export const editorMaximum = 3 * editorRoom;

interface Place {
  name: string;
  path: string;
}

/** Saves what was typed, or shows what it would look like. */
export async function changeReadme(
  hub: HubContext,
  actor: Principal,
  { name, path }: Place,
  { readme, act }: z.output<typeof readmeFields>,
): Promise<GoTo | Show> {
  // A browser sends its line breaks as HTTP has them.
  const source = readme.replaceAll("\r\n", "\n");
  if (act === "preview") {
    const html = await previewReadme(hub, actor, name, source);
    return new Show(`Preview of the README of ${name}`, <Preview {...{ name, path, source, html }} />);
  }
  await writeReadme(hub, actor, name, source);
  return new GoTo(pathOf(name), { saying: `The README of ${name} is saved.` });
}

export async function takeReadmeAway(
  hub: HubContext,
  actor: Principal,
  { name, path }: Place,
): Promise<GoTo> {
  await removeReadme(hub, actor, name);
  return new GoTo(path, { saying: `The README of ${name} is removed.` });
}

/** Takes it from the git repository, from now on. */
export async function takeReadmeFromSource(
  hub: HubContext,
  actor: Principal,
  { name }: Place,
): Promise<GoTo> {
  const source = await takeGitReadme(hub, actor, name);
  return new GoTo(pathOf(name), { saying: `The README of ${name} is that of ${source} from now on.` });
}

function Preview({ name, path, source, html }: Place & { source: string; html: string }) {
  const form: FormState = { ...emptyForm("write"), values: new Map([["readme", [source]]]) };
  return (
    <>
      <Heading title={`Preview of the README of ${name}`}>Nothing is saved yet.</Heading>
      <article class="readme box">{raw(html)}</article>
      <Editor form={form} path={path} beside={<a href={path}>Back, without saving</a>} />
    </>
  );
}

export function ReadmeEditor({
  form,
  fromSource,
  removal,
  name,
  sourceUrl,
  readme,
  now,
}: {
  form: FormState;
  fromSource: FormState;
  removal: FormState;
  name: string;
  sourceUrl: string | null;
  readme: Readme | undefined;
  now: number;
}) {
  return (
    <Section title="README">
      {readme && (
        <p class="muted">
          {originWords[readme.origin]} <Time at={readme.updatedAt} now={now} />.
        </p>
      )}
      <Editor form={form} value={readme?.source} />
      {sourceUrl !== null && readmeAddresses(sourceUrl).length > 0 && (
        <Form form={fromSource} submit="Take it from the git repository" inline>
          <p class="muted">
            The README of <a href={sourceUrl}>{sourceUrl.replace("https://", "")}</a> can be the one here,
            too: taken now, and again with each push of an image.
          </p>
        </Form>
      )}
      {readme && readme.origin !== "annotation" && (
        <Form
          form={removal}
          submit="Remove the README"
          label={`Remove the README of ${name}`}
          inline
          danger
        />
      )}
    </Section>
  );
}

const originWords = {
  written: "Written",
  git: "Taken from the git repository",
  annotation: "Taken from the image that was pushed; what is saved here takes its place. It is from",
} as const;

function Editor({
  form,
  path,
  value,
  beside,
}: {
  form: FormState;
  path?: string;
  value?: string | undefined;
  beside?: ReturnType<typeof Heading>;
}) {
  return (
    <div class="editor">
      <Form
        form={form}
        submit="Save the README"
        {...(path === undefined ? {} : { action: path })}
        beside={
          <>
            <button class="quiet" name="act" value="preview">
              Preview
            </button>
            {beside}
          </>
        }
      >
        <TextArea
          form={form}
          name="readme"
          label="Markdown"
          rows={18}
          value={value}
          placeholder={"# What it is\n\nHow to run it"}
          hint="As on GitHub: tables, tasks, footnotes, alerts. 256 KiB at most."
        />
      </Form>
    </div>
  );
}
