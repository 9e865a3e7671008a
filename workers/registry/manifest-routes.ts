import { Hono } from "hono";
import { isTag } from "../shared/reference.ts";
import { deleteManifest, getManifest, manifestUnknown, putManifest, readManifestBody } from "./manifests.ts";
import { RegistryError } from "./errors.ts";
import { contentLength, referenceIn, repositoryRoute, tagInvalid, type RegistryEnv } from "./request.ts";

/** Tags that one push may move: as many as the specification's `dev` version asks for at the least. */
const maximumTagParameters = 100;

export const manifestRoutes = new Hono<RegistryEnv>();
const path = "/:name{.+}/manifests/:reference";

// HEAD comes here too; Hono drops the body.
manifestRoutes.get(
  path,
  repositoryRoute("pull", async ({ c, registry, repository, grant, confirm }) => {
    const reference = referenceIn(c);
    const found = await getManifest(registry, repository, reference, grant.publicOnly);
    confirm(found.repository);
    const { manifest } = found;
    if (!manifest) throw manifestUnknown(repository, reference);
    return new Response(c.req.raw.method === "HEAD" ? null : manifest.bytes, {
      headers: {
        "Content-Type": manifest.mediaType,
        "Content-Length": String(manifest.bytes.byteLength),
        "Docker-Content-Digest": manifest.digest,
        ETag: `"${manifest.digest}"`,
      },
    });
  }),
);

manifestRoutes.put(
  path,
  repositoryRoute("push", async ({ c, registry, access, repository, grant }) => {
    const reference = referenceIn(c);
    const tags = c.req.queries("tag") ?? [];
    if (tags.length > maximumTagParameters)
      throw new RegistryError(
        "TAG_INVALID",
        `${tags.length} tag parameters; one push moves up to ${maximumTagParameters}`,
        {
          status: 414,
        },
      );
    for (const tag of tags) if (!isTag(tag)) throw tagInvalid(tag);
    const bytes = await readManifestBody(c.req.raw.body, contentLength(c));
    const contentType = c.req.header("Content-Type") ?? "";
    const { digest, manifest } = await putManifest(registry, repository, reference, {
      bytes,
      contentType,
      tags,
      createOnly: grant.createOnly,
      subject: access.subject,
    });

    c.header("Location", `/v2/${repository}/manifests/${digest}`);
    c.header("Docker-Content-Digest", digest);
    if (manifest.subject) c.header("OCI-Subject", manifest.subject);
    for (const tag of tags) c.header("OCI-Tag", tag, { append: true });
    return c.body(null, 201);
  }),
);

manifestRoutes.delete(
  path,
  repositoryRoute("delete", async ({ c, registry, repository }) => {
    await deleteManifest(registry, repository, referenceIn(c));
    return c.body(null, 202);
  }),
);
