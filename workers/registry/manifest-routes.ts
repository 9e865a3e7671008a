import { Hono } from "hono";
import { isTag } from "../shared/reference.ts";
import { deleteManifest, getManifest, manifestUnknown, putManifest, readManifestBody } from "./manifests.ts";
import { RegistryError } from "./errors.ts";
import { announce } from "./events.ts";
import { contentLength, referenceIn, repositoryRoute, tagInvalid, type RegistryEnv } from "./request.ts";

/** Tags that one push may move: as many as the specification's `dev` version asks for at the least. */
const maximumTagParameters = 100;

export const manifestRoutes = new Hono<RegistryEnv>();
const path = "/:name{.+}/manifests/:reference";

// HEAD comes here too; Hono drops the body.
manifestRoutes.get(
  path,
  repositoryRoute("pull", async ({ c, registry, access, repository, grant, confirm }) => {
    const reference = referenceIn(c);
    const { id, manifest } = await getManifest(registry, repository, reference, grant.publicOnly);
    confirm(id !== undefined);
    if (id === undefined || !manifest) throw manifestUnknown(repository, reference);
    const isHead = c.req.raw.method === "HEAD";
    if (!isHead) {
      const tag = "tag" in reference ? reference.tag : undefined;
      const { subject, account } = access;
      const pull = { repositoryId: id, manifest, tag, subject, account, request: c.req.raw };
      announce(registry, () => registry.events.pulled(pull));
    }
    return new Response(isHead ? null : manifest.bytes, {
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
    const { repositoryId, digest, manifest } = await putManifest(registry, repository, reference, {
      bytes,
      contentType,
      tags,
      createOnly: grant.createOnly,
      subject: access.subject,
    });
    const moved = "tag" in reference ? [reference.tag, ...tags] : tags;
    announce(registry, () => registry.events.pushed({ repositoryId, name: repository, digest, tags: moved }));

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
