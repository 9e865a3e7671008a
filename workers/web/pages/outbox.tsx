import { z } from "zod";
import { listOutbox } from "../../accounts/index.ts";
import { page } from "../page.ts";
import { Empty } from "../view/empty.tsx";
import { Heading } from "../view/heading.tsx";
import { Older } from "../view/pagination.tsx";
import { Time } from "../view/time.tsx";
import { adminCrumb } from "./admin/frame.tsx";

const shown = 20;

/** Mail of a hub without a mail server: the administrator reads it here, and passes on what matters. */
export const outboxPage = page({
  path: "/outbox",
  who: "administrator",
  query: z.strictObject({ before: z.coerce.number().int().min(0).default(0) }),
  title: "Outbox",
  crumbs: () => [adminCrumb],
  load: async ({ services, actor, query }) => {
    const found = await listOutbox(services.accounts, actor, { before: query.before, limit: shown + 1 });
    return { mails: found.slice(0, shown), more: found.length > shown };
  },
  view: ({ data: { mails, more }, url, now, services, visit }) => (
    <>
      <Heading title="Outbox">
        {services.accounts.settings.mail
          ? "This hub sends its mail by a mail server. What stands here is from before."
          : "This hub has no mail server, so mail waits here for you to pass it on. The newest 500 are kept."}
      </Heading>
      {mails.length === 0 && (
        <Empty title="There is no mail">
          <p>
            When somebody signs up, the link that verifies their address appears here. To send mail instead,
            start the hub with <code>WHERRY_MAIL_URL</code>.
          </p>
        </Empty>
      )}
      {mails.map(({ at, recipient, subject, text }) => (
        <article class="box">
          <h2>{subject}</h2>
          <dl>
            <dt>To</dt>
            <dd>{recipient}</dd>
            <dt>Written</dt>
            <dd>
              <Time at={at} now={now} />
            </dd>
          </dl>
          <p class="mail-text">
            <Linked text={text} origin={visit.origin} />
          </p>
        </article>
      ))}
      <Older url={url} name="before" last={more ? String(mails.at(-1)?.id) : undefined} />
    </>
  ),
});

/** An address, or a line that is a path of this hub: mail that is read here need not know where people reach it. */
const link = /(https?:\/\/[^\s<>"]+|^\/[^\s<>"]+$)/m;

/** The text of a mail with its addresses as links. */
function Linked({ text, origin }: { text: string; origin: string }) {
  return (
    <>
      {text.split(link).map((part, index) => {
        if (index % 2 === 0) return part;
        const href = part.startsWith("/") ? origin + part : part;
        return <a href={href}>{href}</a>;
      })}
    </>
  );
}
