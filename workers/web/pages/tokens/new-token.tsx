import { Command } from "../../view/command.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";

interface NewTokenProps {
  title: string;
  text: string;
  /** What it signs in as with docker. */
  login: string;
  /** Host and port of the hub. */
  host: string;
  /** Where to go on. */
  back: { label: string; href: string };
  /** Until when the text before works, as a sentence. */
  note?: string;
}

/** A token's text: shown this once. */
export function NewToken({ title, text, login, host, back, note }: NewTokenProps) {
  return (
    <>
      <Heading title={title} />
      <Notice kind="care">Copy it now: it is not shown again. Whoever has it can use it.</Notice>
      {note !== undefined && <p>{note}</p>}
      <Section title="Token">
        <Command text={text} label="Token" />
      </Section>
      <Section title="Sign in with docker">
        <p>Run this, and give the token as the password:</p>
        <Command text={`docker login --username ${login} ${host}`} />
      </Section>
      <p>
        <a href={back.href}>{back.label}</a>
      </p>
    </>
  );
}
