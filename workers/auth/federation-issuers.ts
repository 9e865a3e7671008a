import { createLocalJWKSet, errors, type JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { minute, second, type Clock } from "../platform/clock.ts";
import { HubError } from "../shared/errors.ts";

/** GitHub Actions and GitLab CI; operators add their own. */
const knownIssuers = ["https://token.actions.githubusercontent.com", "https://gitlab.com"];

/** How long an issuer's keys are used before they are fetched again, in milliseconds. */
const keysLive = 10 * minute;
/** Not more often than this for a key that is not among them: anybody can write a `kid`. */
const cooldown = 30 * second;
const deadline = 10 * second;
/** In bytes; GitHub's keys take 15 KiB. */
const maximumDocument = 128 * 1024;

/**
 * The issuers whose id_tokens can sign in.
 *
 * @param setting FEDERATION_ISSUERS
 * @throws Error naming the address that cannot be used.
 */
export function readIssuers(setting: string | undefined): string[] {
  const own = (setting ?? "")
    .split(",")
    .map((text) => text.trim())
    .filter(Boolean);
  for (const text of own) {
    const url = URL.parse(text);
    if (url?.protocol !== "https:" || url.search !== "" || url.hash !== "" || text.endsWith("/"))
      throw new Error(
        `FEDERATION_ISSUERS has "${text}"; it takes addresses such as https://gitlab.example.com, with commas between`,
      );
  }
  return [...new Set([...knownIssuers, ...own])];
}

interface Keys {
  readAt: number;
  find: JWTVerifyGetKey;
}

const discovery = z.object({ issuer: z.string(), jwks_uri: z.string() });
const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** The public keys of issuers (OpenID Connect Discovery 1.0), kept for a while. Asks the hosts of the listed issuers and no others. */
export class IssuerKeys {
  readonly issuers: readonly string[];
  readonly #hosts: ReadonlySet<string>;
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;
  readonly #known = new Map<string, Keys>();

  constructor(issuers: readonly string[], clock: Clock, fetcher: typeof fetch) {
    this.issuers = issuers;
    this.#hosts = new Set(issuers.map((issuer) => new URL(issuer).host));
    this.#clock = clock;
    this.#fetch = fetcher;
  }

  /**
   * Finds the key that signed a token of this issuer, for `jwtVerify`; that throws HubError `unavailable` when the issuer does not give
   * its keys.
   */
  of(issuer: string): JWTVerifyGetKey {
    return async (header, token) => {
      const known = this.#known.get(issuer);
      if (!known || known.readAt + keysLive <= this.#clock.now())
        return (await this.#read(issuer)).find(header, token);
      try {
        return await known.find(header, token);
      } catch (error) {
        const rotated =
          error instanceof errors.JWKSNoMatchingKey && known.readAt + cooldown <= this.#clock.now();
        if (!rotated) throw error;
      }
      return (await this.#read(issuer)).find(header, token);
    };
  }

  async #read(issuer: string): Promise<Keys> {
    const described = discovery.safeParse(
      await this.#document(issuer, `${issuer}/.well-known/openid-configuration`),
    );
    if (!described.success || described.data.issuer !== issuer)
      throw unavailable(issuer, "its openid-configuration is of another issuer, or none");
    const url = URL.parse(described.data.jwks_uri);
    if (url?.protocol !== "https:" || !this.#hosts.has(url.host))
      throw unavailable(issuer, "its keys are at a host that is none of the listed issuers'");
    const set = keySet.safeParse(await this.#document(issuer, url.href));
    if (!set.success) throw unavailable(issuer, "its keys cannot be read");
    const keys = { readAt: this.#clock.now(), find: createLocalJWKSet(set.data) };
    this.#known.set(issuer, keys);
    return keys;
  }

  async #document(issuer: string, url: string): Promise<unknown> {
    try {
      const response = await this.#fetch(url, {
        headers: { Accept: "application/json" },
        // Another host could be behind one.
        redirect: "manual",
        signal: AbortSignal.timeout(deadline),
      });
      if (response.status !== 200) throw new Error(`${url} was answered ${response.status}`);
      return JSON.parse(await readText(response)) as unknown;
    } catch (cause) {
      throw unavailable(issuer, "it could not be asked for them", cause);
    }
  }
}

async function readText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > maximumDocument) throw new Error(`the answer has more than ${maximumDocument} bytes`);
    text += decoder.decode(bytes, { stream: true });
  }
  return text + decoder.decode();
}

function unavailable(issuer: string, reason: string, cause?: unknown): HubError {
  return new HubError(
    "unavailable",
    `the keys of ${issuer}, which say whether its id_tokens are real, are not to be had: ${reason}; try again`,
    { cause },
  );
}
