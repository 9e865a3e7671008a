import { parseArgs } from "node:util";
import { go } from "../support/needs.ts";
import { Server } from "../support/server.ts";
import { isComplete, runSuite, summary, type Target } from "./suite.ts";

/** `npm run conformance [-- --url <registry> --user <name> --token <access token>]`: without a URL, on a server of its own. */
const { values } = parseArgs({
  options: { url: { type: "string" }, user: { type: "string" }, token: { type: "string" } },
});

const missing = go();
if (missing !== undefined) {
  console.error(`The conformance suite needs ${missing}.`);
  process.exitCode = 1;
} else if (values.url !== undefined) {
  await report({ url: values.url, user: values.user ?? "", token: values.token ?? "" });
} else {
  await using server = await Server.start();
  await report({ url: server.url, user: "admin", token: server.adminToken });
}

async function report(target: Target): Promise<void> {
  const result = await runSuite(target);
  for (const problem of result.problems) console.log(problem);
  console.log(summary(result));
  process.exitCode = isComplete(result) ? 0 : 1;
}
