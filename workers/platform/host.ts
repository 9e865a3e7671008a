import { HubError } from "../shared/errors.ts";

/** A name, an IPv4 address or an IPv6 address in brackets, and a port; then the path. */
const address = /^https?:\/\/(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d+)?(?:[/?#]|$)/;

/**
 * Refuses a request whose Host is none. It comes as the client sent it, and gets into challenges, tokens and addresses: there a quote
 * would end the realm and begin a parameter of the client's choice (RFC 9110, sections 7.2 and 11.2).
 *
 * @throws HubError `invalid`.
 */
export function requireHost({ url }: Request): void {
  if (address.test(url) && URL.canParse(url)) return;
  const [, host = ""] = /^\w+:\/\/([^/?#]*)/.exec(url) ?? [];
  throw new HubError(
    "invalid",
    `the request's Host is ${JSON.stringify(host.slice(0, 100))}, which is no host name or address with an optional port; a proxy in front of the hub has to send one, and PUBLIC_URL (--public-url) says what clients reach the hub at`,
  );
}
