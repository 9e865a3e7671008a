import { z } from "zod";
import { HubError } from "#shared/errors";
import type { Challenge } from "./challenge.ts";
import type { Credential } from "./credential.ts";
import { bodyOf, type Transport } from "./transport.ts";

/** How much earlier than it ends a token is replaced, and how long one counts that does not say, in milliseconds. */
const margin = 15_000;
const usualLife = 60_000;

const answer = z.object({
  token: z.string().nullish(),
  access_token: z.string().nullish(),
  expires_in: z.number().nullish(),
});

/**
 * The header that each request to one repository needs: none, Basic, or a token that the registry's own challenge says where to fetch
 * (Docker Registry v2 authentication; the anonymous token included).
 */
export class RegistryTokens {
  readonly #transport: Transport;
  readonly #credential: Credential;
  #challenge: Challenge | undefined;
  readonly #tokens = new Map<string, { header: Promise<string>; until: number }>();

  constructor(transport: Transport, credential: Credential) {
    this.#transport = transport;
    this.#credential = credential;
  }

  /** Notes how the registry has refused a request. What it knew before is forgotten. @returns whether a request may now succeed. */
  challenged(challenge: Challenge | undefined, scope: string): boolean {
    if (challenge === undefined) return false;
    if (challenge.scheme === "basic" && this.#credential.kind !== "password") return false;
    this.#challenge = challenge;
    this.#tokens.delete(scope);
    return true;
  }

  /**
   * The `Authorization` of a request, or undefined as long as none has been asked for.
   *
   * @param scope such as `repository:team/app:pull`, several with blanks between.
   * @throws HubError `unauthenticated` when the credential is not taken, `unavailable` when the token cannot be fetched.
   */
  async header(scope: string, signal: AbortSignal): Promise<string | undefined> {
    const credential = this.#credential;
    if (credential.kind === "registry") return `Bearer ${credential.token}`;
    if (this.#challenge === undefined) return undefined;
    if (this.#challenge.scheme === "basic") return basic(credential);
    const known = this.#tokens.get(scope);
    if (known !== undefined && known.until > Date.now()) return known.header;
    const entry = { header: Promise.resolve(""), until: Infinity };
    entry.header = this.#fetch(this.#challenge, scope, signal).then(
      ({ token, life }) => {
        entry.until = Date.now() + life - margin;
        return `Bearer ${token}`;
      },
      (error: unknown) => {
        this.#tokens.delete(scope);
        throw error;
      },
    );
    this.#tokens.set(scope, entry);
    return entry.header;
  }

  async #fetch(
    challenge: Challenge,
    scope: string,
    signal: AbortSignal,
  ): Promise<{ token: string; life: number }> {
    const { realm = "", service } = challenge.parameters;
    const url = URL.parse(realm);
    if (url === null || (url.protocol !== "https:" && url.protocol !== "http:"))
      throw new HubError(
        "unavailable",
        `the registry sends us for a token to "${realm}", which is no address`,
      );
    const credential = this.#credential;
    const form = new URLSearchParams(service === undefined ? {} : { service });
    const identity = credential.kind === "identity";
    // Several at once: the one form wants them in one field, the other in a field each.
    if (identity) form.set("scope", scope);
    else for (const each of scope.split(" ").filter(Boolean)) form.append("scope", each);
    if (identity) {
      for (const [name, value] of [
        ["grant_type", "refresh_token"],
        ["client_id", "wherry"],
        ["refresh_token", credential.token],
      ])
        form.set(name ?? "", value ?? "");
    } else for (const [name, value] of form) url.searchParams.append(name, value);
    const authorization = basic(credential);
    const response = await this.#transport.send({
      method: identity ? "POST" : "GET",
      url,
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        ...(identity ? { "content-type": "application/x-www-form-urlencoded" } : {}),
      },
      ...(identity ? { body: Buffer.from(form.toString()) } : {}),
      signal,
    });
    const body = await bodyOf(response, 1024 * 1024);
    const status = response.statusCode ?? 0;
    if (status === 401 || status === 403)
      throw new HubError(
        "unauthenticated",
        `unauthorized: ${url.host} does not take the ${credential.kind === "anonymous" ? "anonymous request" : "user name and password"}; sign in with a valid access token`,
      );
    const parsed = status === 200 ? answer.safeParse(parseJson(body)).data : undefined;
    const token = parsed?.token || parsed?.access_token;
    if (!token)
      throw new HubError("unavailable", `${url.host} answers ${status} where a token was asked for`);
    return { token, life: parsed?.expires_in ? parsed.expires_in * 1000 : usualLife };
  }
}

function basic(credential: Credential): string | undefined {
  if (credential.kind !== "password") return undefined;
  return `Basic ${Buffer.from(`${credential.user}:${credential.password}`).toString("base64")}`;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}
