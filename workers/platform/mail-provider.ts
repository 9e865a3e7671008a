import type { Mailer, MailMessage, Sender } from "./mail.ts";

/** How long a provider may take over one mail, in milliseconds. */
const deadline = 30_000;

/**
 * Sends mail by the HTTP API of a provider: `POST` of `{ from, to, subject, text, html }` with the key as Bearer, which is what Resend
 * takes and others offer alike.
 */
export class ProviderMailer implements Mailer {
  readonly #url: string;
  readonly #key: string;
  readonly #from: Sender;
  readonly #fetch: typeof fetch;

  /** @param url where to post to, with the key as its password: `https://:key@api.example.com/emails` */
  constructor(url: URL, from: Sender, fetcher: typeof fetch) {
    this.#key = decodeURIComponent(url.password);
    const bare = new URL(url);
    bare.username = "";
    bare.password = "";
    this.#url = bare.href;
    this.#from = from;
    this.#fetch = fetcher;
  }

  /** @throws Error with the status when the provider does not take it. */
  async send({ to, subject, text, html }: MailMessage): Promise<void> {
    const { name, address } = this.#from;
    const response = await this.#fetch(this.#url, {
      method: "POST",
      headers: { Authorization: `Bearer ${this.#key}`, "Content-Type": "application/json" },
      body: JSON.stringify({ from: name ? `${name} <${address}>` : address, to: [to], subject, text, html }),
      // A redirect would carry the key elsewhere.
      redirect: "manual",
      signal: AbortSignal.timeout(deadline),
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`the mail provider answered ${response.status}`);
  }
}
