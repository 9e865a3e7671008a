import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { describeNeeding, programs, root } from "../../support/needs.ts";
import { compared } from "./answers.ts";
import { expectedAnswer, readDifferences, readScript, scriptNames } from "./scripts.ts";
import { Side } from "./sides.ts";
import { formatTranscript } from "./transcript.ts";

const scripts = await Promise.all(
  (await scriptNames()).map(async (name) => ({ name, exchanges: await readScript(name) })),
);
const differences = await readDifferences();

describe("the golden script", () => {
  test("has more than 400 invocations of docker, and no difference without its reason", () => {
    const commands = scripts.flatMap(({ exchanges }) => exchanges.map(({ command }) => command));
    expect(commands.filter((command) => command.includes("docker ")).length).toBeGreaterThan(400);
    expect(differences.filter(({ comment }) => comment.length < 20)).toEqual([]);
    expect(differences.filter(({ command }) => !commands.includes(command))).toEqual([]);
  });
});

describeNeeding(
  [root, programs("docker", "conmon", "runc", "socat", "busybox", "tar", "nft", "ip")],
  "what the docker command says with our engine, and with Docker's",
  () => {
    let side: Side;
    beforeAll(async () => {
      side = await Side.start("ours");
    }, 300_000);
    afterAll(async () => {
      await side?.[Symbol.asyncDispose]();
    });

    const [images, others] = [
      scripts.filter(({ name }) => name === "images"),
      scripts.filter(({ name }) => name !== "images"),
    ];

    // It removes the image that the others have.
    test.each(images)("$name", { timeout: 300_000 }, compare);
    test.concurrent.each(others)("$name", { timeout: 300_000 }, compare);

    async function compare({ name, exchanges }: (typeof scripts)[number]): Promise<void> {
      const answers = await side.answer(name, exchanges);
      const found = exchanges.map((exchange, place) => ({
        ...exchange,
        answer: compared(exchange.comparison, exchange.answer, answers[place] ?? []),
      }));
      const expected = exchanges.map((exchange, place) => ({
        ...exchange,
        answer: [...expectedAnswer(differences, exchange, found[place]?.answer ?? [])],
      }));
      expect(formatTranscript(found)).toBe(formatTranscript(expected));
    }
  },
);
