import type { Context } from "hono";
import type { Access, Action, Grant } from "../auth/index.ts";
import { parseDigest, type Digest } from "../shared/digest.ts";
import { isRepositoryName, parseReference, type Reference } from "../shared/reference.ts";
import type { RegistryContext } from "./context.ts";
import { RegistryError } from "./errors.ts";
import { ledTo } from "./repository-id.ts";

/** What each `/v2` handler finds in its context. */
export interface RegistryEnv {
  Variables: { registry: RegistryContext; access: Access };
}

/** A request to a repository whose name is well-formed and whose caller may do what the route says. */
export interface RepositoryRequest {
  c: Context<RegistryEnv>;
  registry: RegistryContext;
  access: Access;
  repository: string;
  grant: Grant;
  /** Checks what `publicOnly` rights rest on: call with whether the repository was found to be public. */
  confirm: (isPublic: boolean | undefined) => void;
}

/** Declares a route's right: the handler runs only for callers who may do `action` to the repository in the path. */
export function repositoryRoute(
  action: Action,
  handler: (request: RepositoryRequest) => Promise<Response>,
): (c: Context<RegistryEnv>) => Promise<Response> {
  return async (c) => {
    const { registry, access } = c.var;
    const repository = nameIn(c);
    const grant: Grant = access.require(repository, action);
    if (grant.creation && !(await isOwnCreation(registry, repository, access.subject)))
      access.refuse(repository, action);
    const confirm = (isPublic: boolean | undefined): void => {
      if (grant.publicOnly && !isPublic) access.refuse(repository, action);
    };
    return handler({ c, registry, access, repository, grant, confirm });
  };
}

/** A right to make a repository is none to one that somebody else made since the registry token was issued. */
async function isOwnCreation({ db }: RegistryContext, repository: string, subject: string): Promise<boolean> {
  const found = await db.query
    .selectFrom("repositories")
    .select("created_by")
    .where("id", "=", ledTo(repository))
    .executeTakeFirst();
  return !found || `user:${found.created_by}` === subject;
}

function nameIn(c: Context<RegistryEnv>): string {
  const name = c.req.param("name") ?? "";
  if (!isRepositoryName(name))
    throw new RegistryError(
      "NAME_INVALID",
      `"${name.slice(0, 300)}" is not a repository name: parts of a-z, 0-9 and single . _ - between them, joined by /, 255 characters in all`,
      { detail: { name: name.slice(0, 300) } },
    );
  return name;
}

/** The digest in the path. @throws RegistryError DIGEST_INVALID */
export function digestIn(c: Context<RegistryEnv>, text = c.req.param("digest") ?? ""): Digest {
  const digest = parseDigest(text);
  if (!digest)
    throw new RegistryError(
      "DIGEST_INVALID",
      `"${text.slice(0, 200)}" is not a digest: sha256: and 64, or sha512: and 128 hexadecimal digits in lower case`,
    );
  return digest;
}

/** The tag or digest in the path. @throws RegistryError TAG_INVALID or DIGEST_INVALID */
export function referenceIn(c: Context<RegistryEnv>): Reference {
  const text = c.req.param("reference") ?? "";
  if (text.includes(":")) return { digest: digestIn(c, text) };
  const reference = parseReference(text);
  if (!reference) throw tagInvalid(text);
  return reference;
}

export function tagInvalid(text: string): RegistryError {
  return new RegistryError(
    "TAG_INVALID",
    `"${text.slice(0, 200)}" is not a tag: up to 128 of A-Z a-z 0-9 _ . -, not starting with . or -`,
  );
}

/** Content-Length as a number; undefined when the body is sent in chunks. */
export function contentLength(c: Context<RegistryEnv>): number | undefined {
  const header = c.req.header("Content-Length");
  return header === undefined ? undefined : Number(header);
}
