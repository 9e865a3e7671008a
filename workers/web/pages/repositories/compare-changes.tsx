import type { Comparison, ComparedSide, LayerChange } from "../../../images/index.ts";
import { Size, sizeText } from "../../view/amounts.tsx";
import { Code, TextRoom } from "../../view/cut.tsx";
import { ShortDigest } from "../../view/digest.tsx";
import { Section } from "../../view/heading.tsx";
import { Hold, HoldKey } from "../../view/hold.tsx";
import { platformText } from "../../view/platform.ts";
import { Table } from "../../view/table.tsx";
import { count } from "../words.ts";
import { imagePath } from "./paths.ts";

/** Changes of one kind that are listed. */
const most = 200;
/** Bytes of commands, and of values, on the page. */
const room = 16_000;

/** Both images, one above the other: what has the same colour is the same layer. */
export function Sides({
  comparison: { from, to, layers, sizeChange },
  repository,
  ...names
}: {
  comparison: Comparison;
  repository: string;
  from: string;
  to: string;
}) {
  const largest = Math.max(from.size, to.size);
  return (
    <section class="box sides">
      <h2>{changeText(sizeChange)}</h2>
      <Side
        label={names.from}
        side={from}
        repository={repository}
        layers={layers.flatMap(({ before, instruction }) =>
          before ? [{ ...before, label: instruction }] : [],
        )}
        share={largest > 0 ? from.size / largest : 0}
      />
      <Side
        label={names.to}
        side={to}
        repository={repository}
        layers={layers.flatMap(({ after, instruction }) => (after ? [{ ...after, label: instruction }] : []))}
        share={largest > 0 ? to.size / largest : 0}
      />
    </section>
  );
}

function changeText(bytes: number): string {
  if (bytes === 0) return "The same size";
  return `${sizeText(Math.abs(bytes))} ${bytes > 0 ? "larger" : "smaller"}`;
}

function Side({
  label,
  side,
  repository,
  layers,
  share,
}: {
  label: string;
  side: ComparedSide;
  repository: string;
  layers: readonly { digest: string; size: number; label: string }[];
  share: number;
}) {
  return (
    <div class="side">
      <p>
        <a class="name" href={imagePath(repository, side.digest)}>
          {label.startsWith("sha") ? <ShortDigest digest={label} /> : label}
        </a>{" "}
        <span class="muted">
          {platformText(side.platform)}, <Size bytes={side.size} />
        </span>
      </p>
      <Hold layers={layers} part={share} />
    </div>
  );
}

const changeWords: Record<LayerChange["change"], string> = {
  same: "same",
  added: "added",
  removed: "removed",
  resized: "changed",
};

export function LayerChanges({ changes }: { changes: readonly LayerChange[] }) {
  const same = changes.filter(({ change }) => change === "same");
  const others = changes.filter(({ change }) => change !== "same");
  const left = new TextRoom(room);
  return (
    <Section title="Layers">
      <p class="muted">
        {same.length > 0
          ? `${count(same.length, "layer is", "layers are")} the same, ${sizeText(sumOf(same))} that need not be pulled again.`
          : "They have no layer in common."}
      </p>
      {others.length > 0 && (
        <Table
          caption="Layers that are not the same"
          columns={[
            { label: "Change", whole: true },
            { label: "Made by" },
            { label: "Before", number: true },
            { label: "After", number: true },
          ]}
          rows={others.slice(0, most).map(({ change, instruction, before, after }) => [
            <span class={`layer-change ${change}`}>
              <HoldKey digest={(after ?? before)?.digest ?? ""} /> {changeWords[change]}
            </span>,
            <Code text={instruction} room={left} />,
            before ? <Size bytes={before.size} /> : <span class="muted">none</span>,
            after ? <Size bytes={after.size} /> : <span class="muted">none</span>,
          ])}
        />
      )}
      <Rest total={others.length} what="layer" />
    </Section>
  );
}

function sumOf(changes: readonly LayerChange[]): number {
  return changes.reduce((sum, { after }) => sum + (after?.size ?? 0), 0);
}

export function ConfigChanges({ changes }: { changes: Comparison["config"] }) {
  const left = new TextRoom(room);
  return (
    <Section title="Configuration">
      {changes.length === 0 ? (
        <p class="muted">It runs as before: nothing of the configuration changed.</p>
      ) : (
        <Table
          caption="Changed configuration"
          columns={[{ label: "What" }, { label: "Before" }, { label: "After" }]}
          rows={changes
            .slice(0, most)
            .map(({ field, before, after }) => [
              left.take(field, 40).text,
              value(before, left),
              value(after, left),
            ])}
        />
      )}
      <Rest total={changes.length} what="change" />
    </Section>
  );
}

function value(text: string | null, left: TextRoom) {
  return text === null ? <span class="muted">none</span> : <Code text={text} room={left} />;
}

export function PackageChanges({ changes }: { changes: Comparison["packages"] }) {
  return (
    <Section title="Packages">
      {changes === null && (
        <p class="muted">Not known: not both of them have a list of packages (an SBOM) that can be read.</p>
      )}
      {changes?.length === 0 && <p class="muted">The same packages, in the same versions.</p>}
      {changes && changes.length > 0 && (
        <Table
          caption="Changed packages"
          columns={[
            { label: "Package" },
            { label: "Kind", whole: true },
            { label: "Before" },
            { label: "After" },
          ]}
          rows={changes
            .slice(0, most)
            .map(({ name, type, before, after }) => [
              name.slice(0, 120),
              type.slice(0, 30),
              before === null ? <span class="muted">not there</span> : before.slice(0, 60),
              after === null ? <span class="muted">gone</span> : after.slice(0, 60),
            ])}
        />
      )}
      <Rest total={changes?.length ?? 0} what="package" />
    </Section>
  );
}

function Rest({ total, what }: { total: number; what: string }) {
  return total > most ? <p class="muted">{`And ${count(total - most, `more ${what}`)}.`}</p> : null;
}
