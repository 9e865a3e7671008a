import { Hono } from "hono";
import { mediaTypes } from "../shared/media-types.ts";
import { blobUnknown, deleteBlob, getBlob, keepBlob, openBlob, parseRange } from "./blobs.ts";
import { RegistryError } from "./errors.ts";
import { digestIn, repositoryRoute, type RegistryEnv } from "./request.ts";

/** OCI Distribution Specification, "Pulling blobs". A digest is for ever: whatever keeps it may keep it a year. */
export const blobRoutes = new Hono<RegistryEnv>();
const path = "/:name{.+}/blobs/:digest";

blobRoutes.get(
  path,
  repositoryRoute("pull", async ({ c, registry, access, repository, confirm }) => {
    const digest = digestIn(c);
    const blob = await getBlob(registry, repository, digest);
    confirm(blob?.public);
    if (!blob) throw blobUnknown(repository, digest);
    // Whoever may push and is told that a blob is there will not upload it: then it has to stay for a while.
    if (access.allows(repository, "push") && !(await keepBlob(registry, blob)))
      throw blobUnknown(repository, digest);

    const headers: Record<string, string> = {
      "Accept-Ranges": "bytes",
      "Content-Type": mediaTypes.octetStream,
      "Docker-Content-Digest": digest,
      ETag: `"${digest}"`,
    };
    const range = parseRange(c.req.header("Range"), blob.size);
    if (range === "unsatisfiable")
      throw new RegistryError(
        "RANGE_INVALID",
        `the range ${c.req.header("Range")} is outside of the ${blob.size} bytes of this blob`,
        {
          headers: { "Content-Range": `bytes */${blob.size}` },
        },
      );
    if (c.req.raw.method === "HEAD")
      return new Response(null, { headers: { ...headers, "Content-Length": String(blob.size) } });
    if (!range)
      return new Response(await openBlob(registry, blob), {
        headers: { ...headers, "Content-Length": String(blob.size) },
      });
    headers["Content-Range"] = `bytes ${range.offset}-${range.offset + range.length - 1}/${blob.size}`;
    headers["Content-Length"] = String(range.length);
    return new Response(await openBlob(registry, blob, range), { status: 206, headers });
  }),
);

blobRoutes.delete(
  path,
  repositoryRoute("delete", async ({ c, registry, repository }) => {
    await deleteBlob(registry, repository, digestIn(c));
    return c.body(null, 202);
  }),
);
