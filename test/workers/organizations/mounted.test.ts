import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { WorkMessage } from "../../../workers/env.ts";
import { consume } from "../../../workers/queue.ts";
import { api, people, send } from "../support/registry.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

test("the Worker serves organizations, and its queue mails invitations to the outbox", async () => {
  const { alice } = await people();
  const queued = vi.spyOn(env.WORK, "send");
  await api(alice, "POST", "/api/v1/organizations", { name: "acme" });
  const { results } = await api<{ results: { link: string }[] }>(
    alice,
    "POST",
    "/api/v1/organizations/acme/invitations",
    { emails: ["carol@example.com"], role: "guest" },
  );
  const secret = results[0]?.link.split("/").at(-1) ?? "";

  const messages = queued.mock.calls.map(([body], index) => ({
    id: String(index),
    timestamp: new Date(0),
    attempts: 1,
    body,
  }));
  await consume(createMessageBatch<WorkMessage>("wherry-work", messages), env);
  const { results: outbox } = await env.DB.prepare("SELECT recipient FROM outbox WHERE instr(text, ?) > 0")
    .bind(`/invitations/${secret}`)
    .all();
  expect(outbox).toEqual([{ recipient: "carol@example.com" }]);

  const looked = await send("/api/v1/invitations/look", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ secret }),
  });
  expect(await looked.json()).toMatchObject({ organization: "acme", role: "guest", invited_by: "alice" });
});
