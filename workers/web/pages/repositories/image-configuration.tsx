import type { Child } from "hono/jsx";
import type { ImageConfig } from "../../../images/index.ts";
import { Code, TextRoom } from "../../view/cut.tsx";
import { Section } from "../../view/heading.tsx";
import { Notice } from "../../view/notice.tsx";
import { Table } from "../../view/table.tsx";
import { count } from "../words.ts";

/** Entries of one list, such as labels. */
const most = 100;
/** Bytes of all of them. */
const room = 12_000;

/** How a container of the image runs. All of it is what whoever built the image wrote. */
export function Configuration({ config }: { config: ImageConfig }) {
  const left = new TextRoom(room);
  const { environment, ports, volumes, healthcheck } = config;
  return (
    <Section title="Configuration">
      <dl class="configuration">
        <Line label="Entrypoint">{words(config.entrypoint, left)}</Line>
        <Line label="Command">{words(config.command, left)}</Line>
        <Line label="User">
          {config.user === "" ? <span class="muted">root</span> : one(config.user, left)}
        </Line>
        <Line label="Working directory">{one(config.workingDirectory || "/", left)}</Line>
        <Line label="Ports">{several(ports, left)}</Line>
        <Line label="Volumes">{several(volumes, left)}</Line>
        {config.stopSignal !== "" && <Line label="Stop signal">{one(config.stopSignal, left)}</Line>}
        {config.shell.length > 0 && <Line label="Shell">{words(config.shell, left)}</Line>}
        {healthcheck && healthcheck.test.length > 0 && (
          <Line label="Health check">
            {words(healthcheck.test, left)}
            {healthcheck.interval > 0 && <span class="muted"> every {healthcheck.interval} s</span>}
          </Line>
        )}
        {config.author !== "" && <Line label="Author">{one(config.author, left)}</Line>}
      </dl>
      {environment.length > 0 && (
        <>
          <h3>Environment</h3>
          <Pairs caption="Environment" pairs={environment.map(splitVariable)} left={left} />
        </>
      )}
      {Object.keys(config.labels).length > 0 && (
        <>
          <h3>Labels</h3>
          <Pairs caption="Labels" pairs={Object.entries(config.labels)} left={left} />
        </>
      )}
      {config.cut.length > 0 && (
        <Notice kind="care">
          <p>{`Too long to be kept whole: ${config.cut.map((field) => fieldWords[field] ?? field).join(", ")}.`}</p>
        </Notice>
      )}
    </Section>
  );
}

const fieldWords: Partial<Record<keyof ImageConfig, string>> = {
  workingDirectory: "working directory",
  stopSignal: "stop signal",
  healthcheck: "health check",
};

/** What the manifest says of itself. */
export function Annotations({ annotations }: { annotations: Record<string, string> }) {
  const pairs = Object.entries(annotations);
  if (pairs.length === 0) return null;
  return (
    <Section title="Annotations">
      <Pairs caption="Annotations" pairs={pairs} left={new TextRoom(room)} />
    </Section>
  );
}

function Line({ label, children }: { label: string; children?: Child }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

function Pairs({
  caption,
  pairs,
  left,
}: {
  caption: string;
  pairs: readonly (readonly [string, string])[];
  left: TextRoom;
}) {
  const shown = pairs.slice(0, most);
  return (
    <div class="pairs">
      <Table
        caption={caption}
        columns={[{ label: "Name" }, { label: "Value" }]}
        rows={shown.map(([name, value]) => [
          <code class="code">{left.take(name, 60).text}</code>,
          value === "" ? <span class="muted">empty</span> : <Code text={value} room={left} />,
        ])}
      />
      {pairs.length > shown.length && (
        <p class="muted">And {count(pairs.length - shown.length, "more", "more")}.</p>
      )}
    </div>
  );
}

function splitVariable(text: string): [string, string] {
  const equals = text.indexOf("=");
  return equals < 0 ? [text, ""] : [text.slice(0, equals), text.slice(equals + 1)];
}

/** A command in the form that shows where each word ends. */
function words(list: readonly string[], left: TextRoom) {
  if (list.length === 0) return <span class="muted">none</span>;
  return <Code text={JSON.stringify(list)} room={left} />;
}

function one(text: string, left: TextRoom) {
  return <Code text={text} room={left} />;
}

function several(list: readonly string[], left: TextRoom) {
  if (list.length === 0) return <span class="muted">none</span>;
  return (
    <ul class="plain">
      {list.slice(0, most).map((each) => (
        <li>
          <Code text={each} room={left} />
        </li>
      ))}
      {list.length > most && <li class="muted">and {list.length - most} more</li>}
    </ul>
  );
}
