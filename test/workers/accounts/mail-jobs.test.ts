import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { createAccounts, listOutbox, type MailJob } from "../../../workers/accounts/index.ts";
import { createAuth, signIn, type User } from "../../../workers/auth/index.ts";
import { Database } from "../../../workers/db/index.ts";
import { consume } from "../../../workers/queue.ts";
import { people, send } from "../support/registry.ts";
import { AccountsWorld, refusal } from "./world.ts";

const mail = (index: number) => ({
  to: "alice@people.example",
  subject: `mail ${index}`,
  text: "text",
  html: "<p>html",
});

/** Mails of this file; the queue may bring some that other tests had sent. */
const ours = (rows: { subject: string }[]) =>
  rows.map(({ subject }) => subject).filter((subject) => subject.startsWith("mail "));

const batchOf = (...jobs: MailJob[]) =>
  createMessageBatch<MailJob>(
    "wherry-work",
    jobs.map((body, index) => ({ id: String(index), timestamp: new Date(0), attempts: 1, body })),
  );

describe("the queue", () => {
  it("delivers mail, and tries again what failed, alone", async () => {
    const batch = batchOf(
      { type: "send-mail", message: mail(1) },
      { type: "send-mail", message: { ...mail(2), to: "no address" } },
      { type: "send-mail", message: mail(3) },
    );
    // The one in the middle cannot be stored.
    const broken = batch.messages[1]?.body as { message: { subject: unknown } };
    broken.message.subject = { not: "text" };
    await consume(batch, env);
    const result = await getQueueResult(batch, createExecutionContext());
    expect(result.retryMessages).toMatchObject([{ msgId: "1" }]);
    const rows = await new Database(env.DB).query.selectFrom("outbox").select("subject").execute();
    expect(ours(rows)).toEqual(["mail 1", "mail 3"]);
  });
});

describe("the outbox", () => {
  it("keeps the newest 500 mails", async () => {
    const world = new AccountsWorld();
    await world.context.mailer.send(mail(0));
    await env.DB.prepare("update outbox set id = 1000").run();
    for (let index = 1; index <= 2; index += 1) await world.context.mailer.send(mail(index));
    await env.DB.prepare("update outbox set id = 502 where id = 1000").run();
    await world.context.mailer.send(mail(3));
    const rows = await world.context.db.query.selectFrom("outbox").select("subject").orderBy("id").execute();
    expect(ours(rows)).toEqual(["mail 1", "mail 2", "mail 3"]);
  });

  it("is for administrators: whoever reads it can use its links", async () => {
    const world = new AccountsWorld();
    const admin = await signIn(world.context.auth, "the administrator's first token", undefined);
    const alice = await world.person("alice");
    const page = { before: 0, limit: 10 };
    expect((await refusal(listOutbox(world.context, (await alice.session()).user, page))).kind).toBe(
      "denied",
    );
    await world.finish();
    const recipients = (await listOutbox(world.context, admin?.principal as User, page)).map(
      ({ recipient }) => recipient,
    );
    expect(recipients).toContain("alice@people.example");
  });

  it("is listed by the API in pages, the newest first", async () => {
    const { admin, alice } = await people();
    const world = new AccountsWorld();
    for (let index = 1; index <= 3; index += 1) await world.context.mailer.send(mail(index));
    const found: { subject: string }[] = [];
    for (let path: string | undefined = "/api/v1/outbox?n=2"; path !== undefined;) {
      const answer = await send(path, { headers: { Authorization: `Bearer ${admin.accessToken}` } });
      found.push(...(await answer.json<{ mails: { subject: string }[] }>()).mails);
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get("Link") ?? "")?.[1];
    }
    expect(ours(found)).toEqual(["mail 3", "mail 2", "mail 1"]);
    const refused = await send("/api/v1/outbox", {
      headers: { Authorization: `Bearer ${alice.accessToken}` },
    });
    expect(refused.status).toBe(403);
  });
});

describe("the settings of mail", () => {
  const make = (variables: object, publicUrl = "https://hub.example") => {
    const auth = createAuth({
      db: new Database(env.DB),
      clock: { now: () => 0 },
      secret: "a secret of the tests, of thirty-two bytes or more",
      attempts: env.ATTEMPTS,
      publicUrl,
    });
    return createAccounts({
      auth,
      variables,
      work: { send: async () => undefined },
      isInvited: async () => false,
    });
  };

  it.each([
    [{ MAIL_URL: "mail.example" }, "MAIL_URL"],
    [{ MAIL_URL: "http://mail.example" }, "MAIL_URL"],
    [{ MAIL_URL: "smtp://mail.example" }, "MAIL_FROM"],
    [{ MAIL_URL: "smtp://mail.example", MAIL_FROM: "hub" }, "MAIL_FROM"],
    [{ SIGN_UP: "perhaps" }, "SIGN_UP"],
  ])("%j are refused by name", (variables, name) => {
    expect(() => make(variables)).toThrow(name);
  });

  it("need PUBLIC_URL: a link must not lead where the sender of a request likes", () => {
    const variables = { MAIL_URL: "smtp://mail.example", MAIL_FROM: "hub@people.example" };
    expect(() => make(variables, "")).toThrow(/PUBLIC_URL/);
    expect(make(variables).settings.mail?.from.address).toBe("hub@people.example");
  });
});
