import { isLoopback, reachable, type Address } from "./address.ts";
import type { FirstToken } from "./first-start.ts";

/**
 * What is printed once the server is ready.
 *
 * @param publicUrl address that clients use, when a proxy stands in front
 */
export function greeting(
  address: Address,
  data: string,
  first: FirstToken | undefined,
  publicUrl: string | undefined,
): string {
  const host = reachable(address);
  const behind = publicUrl === undefined ? "" : `, behind ${publicUrl},`;
  const ready = `Wherry is ready on http://${host}${behind} and keeps its files in ${data}. Ctrl-C stops it.`;
  const clientHost = publicUrl === undefined ? host : new URL(publicUrl).host;
  const plain = publicUrl === undefined || publicUrl.startsWith("http:");
  const origin = publicUrl ?? `http://${host}`;
  return [ready, ...(first ? firstWords({ origin, host: clientHost, plain }, first) : [])].join("\n");
}

interface Hub {
  origin: string;
  host: string;
  /** Without TLS. */
  plain: boolean;
}

function firstWords({ origin, host, plain }: Hub, { text, given }: FirstToken): string[] {
  const token = given ? "$WHERRY_ADMIN_TOKEN" : text;
  return [
    "",
    ...(given
      ? ["The user admin signs in with the token you gave as WHERRY_ADMIN_TOKEN."]
      : [
          "The access token of the user admin. It is shown this once; keep it as you would a password:",
          "",
          `    ${text}`,
        ]),
    "",
    "In the browser, this gives it an e-mail address and a password:",
    "",
    `    ${origin}/welcome`,
    "",
    "To try it, with any image you have in place of alpine:",
    "",
    `    echo "${token}" | docker login --username admin --password-stdin ${host}`,
    `    docker tag alpine ${host}/admin/alpine`,
    `    docker push ${host}/admin/alpine`,
    "",
    ...(plain
      ? [
          "Docker speaks plain HTTP with 127.0.0.1 of its own accord; podman, skopeo and buildah want --tls-verify=false.",
          "",
        ]
      : []),
  ];
}

/** What the operator should know of this address; undefined when there is nothing. */
export function warning({ host }: Address): string | undefined {
  if (isLoopback(host)) return undefined;
  return (
    `Warning: ${host} can be reached from other machines, and what they send, tokens too, is not encrypted. ` +
    "Put a proxy with TLS in front (docs/operate.md)."
  );
}
