import type { Base, Image, Step } from "../../../images/index.ts";
import { Size, sizeText } from "../../view/amounts.tsx";
import { Hold, HoldKey } from "../../view/hold.tsx";
import { platformText } from "../../view/platform.ts";
import { count } from "../words.ts";
import { imagePath, pathOf, tagPath } from "./paths.ts";

/** So many layers are named one by one; of more, the smaller ones are only counted. */
const mostNamed = 8;

/** What an image is made of: its hold, and what each of its bigger layers is. */
export function Inside({
  repository,
  tag,
  image,
  base,
}: {
  repository: string;
  tag: string;
  image: Image;
  base: Base | undefined;
}) {
  const layered = image.steps.flatMap(({ layer, instruction }) => (layer ? [{ layer, instruction }] : []));
  const named = chooseNamed(layered.slice(base?.layers ?? 0));
  const rest = layered.slice(base?.layers ?? 0).filter((each) => !named.includes(each));
  return (
    <section class="box cargo-box">
      <h2>
        What is inside <a href={tagPath(repository, tag)}>{tag}</a>{" "}
        <span class="muted">
          {platformText(image)}, <Size bytes={image.size} />
        </span>
      </h2>
      <Hold
        layers={layered.map(({ layer, instruction }) => ({ ...layer, label: instruction }))}
        label={`${count(layered.length, "layer")} by size: ${layered
          .slice(0, 20)
          .map(({ layer }) => sizeText(layer.size))
          .join(", ")}${layered.length > 20 ? " and more" : ""}`}
      />
      <ul class="cargo">
        {base && <BaseLine base={base} layers={layered.slice(0, base.layers)} />}
        {named.map(({ layer, instruction }) => (
          <li>
            <HoldKey digest={layer.digest} />
            <code>{instruction.slice(0, 200) || "A layer that nothing is said of"}</code>
            <Size bytes={layer.size} />
          </li>
        ))}
      </ul>
      <p class="muted">
        {rest.length > 0 && (
          <>
            And {count(rest.length, "smaller layer")}, <Size bytes={sumOf(rest)} />.{" "}
          </>
        )}
        <a href={imagePath(repository, image.digest)}>Layers, configuration, packages</a>
      </p>
    </section>
  );
}

interface Layered {
  layer: NonNullable<Step["layer"]>;
  instruction: string;
}

/** The biggest, in the order in which they lie on each other. */
function chooseNamed(layered: readonly Layered[]): readonly Layered[] {
  if (layered.length <= mostNamed) return layered;
  const biggest = new Set(layered.toSorted((a, b) => b.layer.size - a.layer.size).slice(0, mostNamed - 1));
  return layered.filter((each) => biggest.has(each));
}

function BaseLine({ base, layers }: { base: Base; layers: readonly Layered[] }) {
  const biggest = layers.toSorted((a, b) => b.layer.size - a.layer.size)[0];
  return (
    <li>
      <HoldKey digest={biggest?.layer.digest ?? ""} />
      <code>
        FROM{" "}
        <a href={tagPath(base.repository, base.tag)}>
          {base.repository}:{base.tag}
        </a>
      </code>
      <span>
        <Size bytes={sumOf(layers)} />
        {base.alike > 1 && (
          <span class="muted"> in {base.alike >= 100 ? "100 or more" : base.alike} repositories</span>
        )}
      </span>
    </li>
  );
}

function sumOf(layers: readonly Layered[]): number {
  return layers.reduce((sum, { layer }) => sum + layer.size, 0);
}

/** In place of the hold, where there is none to show. */
export function NoInside({ repository, tag, why }: { repository: string; tag: string; why: string }) {
  return (
    <section class="box cargo-box">
      <h2>
        <a href={tagPath(repository, tag)}>{tag}</a>
      </h2>
      <p class="muted">{why}</p>
      <p>
        <a href={pathOf(repository)}>Load the page again</a>
      </p>
    </section>
  );
}
