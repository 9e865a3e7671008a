import type { IncomingMessage } from "node:http";
import { HubError, type ErrorKind } from "#shared/errors";
import { bodyOf } from "./transport.ts";

const kinds: Readonly<Record<number, ErrorKind>> = {
  401: "unauthenticated",
  403: "denied",
  404: "not-found",
  413: "too-large",
  416: "range",
  429: "too-many",
};

/** Whom we asked, and what for: `the manifest of 1`. */
export interface Asked {
  host: string;
  repository: string;
  what: string;
  doing: "pull" | "push";
}

/** What a registry's answer other than the wanted one comes to. Reads the answer to its end. */
export async function refusalOf(
  response: IncomingMessage,
  { host, repository, what, doing }: Asked,
): Promise<HubError> {
  const status = response.statusCode ?? 0;
  const body = await bodyOf(response, 64 * 1024).catch(() => Buffer.alloc(0));
  const said = messageOf(body);
  const kind = kinds[status] ?? (status >= 400 && status < 500 ? "invalid" : "unavailable");
  const where = `${host}/${repository}`;
  if (kind === "denied" || kind === "unauthenticated")
    return new HubError(
      kind,
      doing === "pull"
        ? `pull access denied for ${where}: ${said || "it is not there, or needs another login"}`
        : // Docker's clients show it as it is, and people look for these words.
          said || "denied: requested access to the resource is denied",
    );
  if (kind === "not-found") return new HubError(kind, `${where} has not ${what}: ${said || "not found"}`);
  return new HubError(kind, `${where} answers ${status} for ${what}${said === "" ? "" : `: ${said}`}`);
}

/** The sentence in an answer of the OCI form; empty when it has none. */
function messageOf(body: Buffer): string {
  try {
    const { errors } = JSON.parse(body.toString()) as { errors?: { code?: string; message?: string }[] };
    const [first] = errors ?? [];
    return [first?.code?.toLowerCase(), first?.message].filter(Boolean).join(": ").slice(0, 1000);
  } catch {
    return "";
  }
}
