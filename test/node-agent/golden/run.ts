import { parseArgs } from "node:util";
import { compared } from "./answers.ts";
import { expectedAnswer, readDifferences, readScript, scriptNames, writeScript } from "./scripts.ts";
import { Side } from "./sides.ts";
import { formatTranscript } from "./transcript.ts";

const usage = `npm run golden -- [--record] [script ...]

Runs the golden script, as root: what the docker command says with our engine, beside what it says with Docker's.
Without --record, prints our answers where they are others, and no difference that differences.txt has.
  --record   asks Debian's dockerd instead, and writes its answers into scripts/`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { record: { type: "boolean", default: false }, help: { type: "boolean", default: false } },
});

async function record(names: readonly string[]): Promise<void> {
  await using side = await Side.start("docker");
  for (const name of names) {
    const exchanges = await readScript(name);
    const answers = await side.answer(name, exchanges);
    await writeScript(
      name,
      exchanges.map((exchange, place) => ({ ...exchange, answer: answers[place] ?? [] })),
    );
  }
}

/** @returns how many answers are others. */
async function compare(names: readonly string[]): Promise<number> {
  const differences = await readDifferences();
  let count = 0;
  await using side = await Side.start("ours");
  for (const name of names) {
    const exchanges = await readScript(name);
    const answers = await side.answer(name, exchanges);
    for (const [place, exchange] of exchanges.entries()) {
      const answer = compared(exchange.comparison, exchange.answer, answers[place] ?? []);
      const expected = expectedAnswer(differences, exchange, answer);
      if (answer.join("\n") === expected.join("\n")) continue;
      count += 1;
      console.log(
        formatTranscript([{ ...exchange, comment: `${name}, where Docker says`, answer: [...expected] }]),
      );
      console.log(formatTranscript([{ ...exchange, comment: `${name}, we`, answer }]));
    }
  }
  return count;
}

if (values.help) console.log(usage);
else {
  const names = positionals.length > 0 ? positionals : await scriptNames();
  if (values.record) await record(names);
  else process.exitCode = (await compare(names)) === 0 ? 0 : 1;
}
