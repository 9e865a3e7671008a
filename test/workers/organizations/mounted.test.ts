import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { api, people, send } from "../support/registry.ts";

test("the Worker serves organizations, and its queue mails invitations to the outbox", async () => {
  const { alice } = await people();
  await api(alice, "POST", "/api/v1/organizations", { name: "acme" });
  const { results } = await api<{ results: { link: string }[] }>(
    alice,
    "POST",
    "/api/v1/organizations/acme/invitations",
    { emails: ["carol@example.com"], role: "guest" },
  );
  const secret = results[0]?.link.split("/").at(-1) ?? "";

  const outbox = await vi.waitFor(
    async () => {
      // The queue may still hold mails of other tests.
      const found = await env.DB.prepare("SELECT recipient, text FROM outbox WHERE instr(text, ?) > 0")
        .bind(`/invitations/${secret}`)
        .all<{ recipient: string; text: string }>();
      if (found.results.length === 0) throw new Error("no mail yet");
      return found.results;
    },
    { timeout: 20_000, interval: 50 },
  );
  expect(outbox).toMatchObject([{ recipient: "carol@example.com" }]);

  const looked = await send("/api/v1/invitations/look", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ secret }),
  });
  expect(await looked.json()).toMatchObject({ organization: "acme", role: "guest", invited_by: "alice" });
});
