import { origin, send } from "../../support/registry.ts";

/** A browser as far as the hub can tell: it keeps cookies, and says that its forms come from the hub's own pages. */
export class Visitor {
  readonly #cookies = new Map<string, string>();
  readonly agent: string;

  constructor(agent = "a browser of the tests") {
    this.agent = agent;
  }

  async get(path: string): Promise<Response> {
    return this.#send(path, { headers: { Accept: "text/html" } });
  }

  /** Sends a form. @param headers in place of those that a form of the hub's own page has */
  async post(
    path: string,
    fields: Record<string, string>,
    headers: Record<string, string> = { "Sec-Fetch-Site": "same-origin", Origin: origin },
  ): Promise<Response> {
    return this.#send(path, { method: "POST", body: new URLSearchParams(fields), headers });
  }

  async signUp(name: string): Promise<void> {
    const email = `${name}@people.example`;
    const answer = await this.post("/sign-up", {
      form: "account",
      name,
      email,
      password: "cargo for all ports",
    });
    if (answer.status !== 303) throw new Error(`sign-up: ${answer.status} ${await answer.text()}`);
  }

  async #send(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("User-Agent", this.agent);
    headers.set("Cookie", [...this.#cookies].map((pair) => pair.join("=")).join("; "));
    const answer = await send(path, { ...init, headers });
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair = ""] = cookie.split(";");
      const equals = pair.indexOf("=");
      if (/; Max-Age=0(;|$)/.test(cookie)) this.#cookies.delete(pair.slice(0, equals));
      else this.#cookies.set(pair.slice(0, equals), pair.slice(equals + 1));
    }
    return answer;
  }
}
