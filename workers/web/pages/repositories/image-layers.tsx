import type { Image } from "../../../images/index.ts";
import { Size, sizeText } from "../../view/amounts.tsx";
import { Code, TextRoom } from "../../view/cut.tsx";
import { Section } from "../../view/heading.tsx";
import { Hold, HoldKey } from "../../view/hold.tsx";
import { From } from "../../view/pagination.tsx";
import { Share } from "../../view/share.tsx";
import { count } from "../words.ts";

/** Steps on one page. Images have 20; the limit of a registry is 5000. */
const most = 250;
/** Bytes of commands on one page. */
const room = 24_000;

/** How the image was made: each step with its command and how much it added. */
export function Layers({ image: { steps }, from, url }: { image: Image; from: number; url: URL }) {
  const layers = steps.flatMap(({ layer, instruction }) => (layer ? [{ ...layer, label: instruction }] : []));
  const largest = Math.max(0, ...layers.map(({ size }) => size));
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  const begin = from < steps.length ? from : 0;
  const shown = steps.slice(begin, begin + most);
  const left = new TextRoom(room);
  return (
    <Section title={`${count(layers.length, "layer")}, ${sizeText(total)}`}>
      <Hold layers={layers} />
      <table class="steps">
        <caption class="unseen">Steps of the build, the first one first</caption>
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Made by</th>
            <th scope="col" class="number">
              Size
            </th>
            <th scope="col">
              <span class="unseen">Size as a bar</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map(({ layer, instruction, comment }, index) => (
            <tr class={layer ? undefined : "empty-step"}>
              <td class="step" data-label="Step">
                {begin + index + 1}
                {layer && <HoldKey digest={layer.digest} />}
              </td>
              <td data-label="Made by">
                {instruction === "" && comment !== "" ? (
                  <span class="muted">{left.take(comment, 40).text}</span>
                ) : (
                  <Code text={instruction} room={left} />
                )}
              </td>
              <td class="number" data-label="Size">
                {layer ? <Size bytes={layer.size} /> : <span class="muted">no layer</span>}
              </td>
              <td class="bar">{layer && <Share size={layer.size} of={largest} digest={layer.digest} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <From url={url} from={begin} shown={shown.length} total={steps.length} what="step" />
    </Section>
  );
}
