import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WorkMessage } from "../../workers/env.ts";
import { consume } from "../../workers/queue.ts";
import { people, RepositoryClient } from "./support/registry.ts";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => {});
});

afterEach(() => {
  vi.restoreAllMocks();
});

const mail: WorkMessage = {
  type: "send-mail",
  message: { to: "somebody@example.com", subject: "mail", text: "text", html: "<p>text" },
};
const describeImages: WorkMessage = { type: "describe-images" };

/** Hands these messages over. @returns which come again */
async function consumed(...messages: WorkMessage[]): Promise<string[]> {
  const batch = createMessageBatch<WorkMessage>(
    "wherry-work",
    messages.map((body, index) => ({ id: String(index), timestamp: new Date(0), attempts: 1, body })),
  );
  await consume(batch, env);
  const { retryMessages } = await getQueueResult(batch, createExecutionContext());
  return retryMessages.map(({ msgId }) => msgId);
}

const rowsOf = async (table: string) => (await env.DB.prepare(`select * from ${table}`).all()).results.length;

test("what was pushed is described by the message that the push left, however often it comes", async () => {
  const { alice } = await people();
  const web = await RepositoryClient.open(alice, "alice/web");
  await web.pushImage("v1", ["a"]);
  await web.pushImage("v2", ["b"]);
  expect(await consumed(describeImages, mail, describeImages)).toEqual([]);
  expect([await rowsOf("images"), await rowsOf("undescribed_manifests")]).toEqual([2, 0]);
  expect(await consumed(describeImages)).toEqual([]);
});

test("a job that fails has its own messages come again; the others of the batch are done with", async () => {
  await env.DB.prepare("drop table undescribed_manifests").run();
  const before = await rowsOf("outbox");
  expect(await consumed(describeImages, mail, describeImages)).toEqual(["0", "2"]);
  expect(await rowsOf("outbox")).toBe(before + 1);
});
