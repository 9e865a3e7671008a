import { z } from "zod";
import { HubError } from "#shared/errors";

/** Who asks a registry: nobody, somebody with a password, or the holder of a token from an earlier sign-in. */
export type Credential =
  | { kind: "anonymous" }
  | { kind: "password"; user: string; password: string }
  /** Exchanged for registry tokens (OAuth 2 refresh token). */
  | { kind: "identity"; token: string }
  /** Sent as it is. */
  | { kind: "registry"; token: string };

const authentication = z.object({
  username: z.string().nullish(),
  password: z.string().nullish(),
  auth: z.string().nullish(),
  identitytoken: z.string().nullish(),
  registrytoken: z.string().nullish(),
});

const file = z.object({ auths: z.record(z.string(), authentication).nullish() });

/**
 * The credential in a header `X-Registry-Auth`: JSON in base64url, as Docker's clients send it. Standard base64 is taken too.
 *
 * @throws HubError `invalid` when it cannot be read.
 */
export function credentialFromHeader(header: string | undefined): Credential {
  if (header === undefined || header.trim() === "") return { kind: "anonymous" };
  try {
    const json = Buffer.from(header.replaceAll("-", "+").replaceAll("_", "/"), "base64").toString();
    return credentialOf(authentication.parse(JSON.parse(json)));
  } catch (cause) {
    throw new HubError("invalid", "the header X-Registry-Auth is no JSON in base64url", { cause });
  }
}

/** The credential for a host in the text of a `config.json`, as `docker login` writes it. @throws HubError `invalid`. */
export function credentialFromFile(text: string, host: string): Credential {
  let auths: z.infer<typeof file>["auths"];
  try {
    auths = file.parse(JSON.parse(text)).auths;
  } catch (cause) {
    throw new HubError("invalid", "the file of credentials is not as `docker login` writes it", { cause });
  }
  const names =
    host === "docker.io" ? ["https://index.docker.io/v1/", "docker.io", "index.docker.io"] : [host];
  const found = Object.entries(auths ?? {}).find(
    ([name]) => names.includes(name) || names.includes(hostOf(name)),
  );
  return found === undefined ? { kind: "anonymous" } : credentialOf(found[1]);
}

function credentialOf(stated: z.infer<typeof authentication>): Credential {
  if (stated.registrytoken) return { kind: "registry", token: stated.registrytoken };
  if (stated.identitytoken) return { kind: "identity", token: stated.identitytoken };
  const pair = stated.auth ? Buffer.from(stated.auth, "base64").toString() : "";
  const colon = pair.indexOf(":");
  const user = stated.username || pair.slice(0, Math.max(colon, 0));
  const password = stated.password || pair.slice(colon + 1);
  return user ? { kind: "password", user, password } : { kind: "anonymous" };
}

function hostOf(name: string): string {
  return name.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
}
