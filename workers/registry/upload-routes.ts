import { Hono, type Context } from "hono";
import type { Digest } from "../shared/digest.ts";
import { isRepositoryName } from "../shared/reference.ts";
import { parseChunkRange, uploadedRange } from "./upload-range.ts";
import { mountBlob } from "./blobs.ts";
import { RegistryError } from "./errors.ts";
import { digestIn, repositoryRoute, type RegistryEnv, type RepositoryRequest } from "./request.ts";
import {
  appendChunk,
  cancelUpload,
  finishUpload,
  pushWhole,
  startUpload,
  uploadStatus,
  uploadPath,
  type UploadAddress,
} from "./uploads.ts";

/** OCI Distribution Specification, "Pushing blobs". */
export const uploadRoutes = new Hono<RegistryEnv>();
const path = "/:name{.+}/blobs/uploads/:id";

const start = repositoryRoute("push", async (request) => {
  const { c, registry, repository, access } = request;
  const mount = c.req.query("mount");
  if (mount !== undefined) {
    const digest = digestIn(c, mount);
    if (await mountedFrom(request, digest, c.req.query("from"))) return created(c, repository, digest);
  }
  const owner = { repository, subject: access.subject };
  const digest = c.req.query("digest");
  if (digest !== undefined && mount === undefined) {
    const pushed = await pushWhole(registry, { ...owner, digest: digestIn(c, digest), ...chunkIn(c) });
    return created(c, repository, pushed.digest);
  }
  const algorithm = c.req.query("digest-algorithm") ?? "sha256";
  if (algorithm !== "sha256" && algorithm !== "sha512")
    throw new RegistryError(
      "UNSUPPORTED",
      `digest-algorithm=${algorithm.slice(0, 40)}: this registry verifies sha256 and sha512`,
      {
        status: 400,
      },
    );
  const { id } = await startUpload(registry, { ...owner, algorithm });
  return going(c, 202, repository, { id, offset: 0 });
});
uploadRoutes.post("/:name{.+}/blobs/uploads/", start);
uploadRoutes.post("/:name{.+}/blobs/uploads", start);

uploadRoutes.get(
  path,
  repositoryRoute("push", async (request) => {
    const upload = addressOf(request);
    const { offset } = await uploadStatus(request.registry, upload);
    return going(request.c, 204, request.repository, { id: upload.id, offset });
  }),
);

uploadRoutes.patch(
  path,
  repositoryRoute("push", async (request) => {
    const upload = addressOf(request);
    const { offset } = await appendChunk(request.registry, { ...upload, ...chunkIn(request.c) });
    return going(request.c, 202, request.repository, { id: upload.id, offset });
  }),
);

uploadRoutes.put(
  path,
  repositoryRoute("push", async (request) => {
    const { c, registry, repository } = request;
    const digest = digestIn(c, c.req.query("digest") ?? "");
    await finishUpload(registry, { ...addressOf(request), digest, ...chunkIn(c) });
    return created(c, repository, digest);
  }),
);

uploadRoutes.delete(
  path,
  repositoryRoute("push", async (request) => {
    await cancelUpload(request.registry, addressOf(request));
    return request.c.body(null, 204);
  }),
);

/** Whether the blob could be taken over from a repository that the caller may read; if not, it is uploaded. */
async function mountedFrom(
  { registry, repository, access }: RepositoryRequest,
  digest: Digest,
  from: string | undefined,
): Promise<boolean> {
  const mayRead = (name: string) => access.mayMount(name);
  if (from !== undefined && !isRepositoryName(from)) return false;
  return mountBlob(registry, { repository, subject: access.subject, digest, from, mayRead });
}

function addressOf({ c, repository, access }: RepositoryRequest): UploadAddress {
  return { id: c.req.param("id") ?? "", repository, subject: access.subject };
}

/** The bytes of a request, with what it says of them. */
function chunkIn(c: Context<RegistryEnv>) {
  const range = c.req.header("Content-Range");
  const parsed = range === undefined ? undefined : parseChunkRange(range);
  if (range !== undefined && !parsed)
    throw new RegistryError(
      "BLOB_UPLOAD_INVALID",
      `Content-Range "${range.slice(0, 100)}" is not <first>-<last>, such as 0-1023`,
    );
  const length = c.req.header("Content-Length");
  return {
    body: c.req.raw.body,
    ...(parsed ? { range: parsed } : {}),
    ...(length === undefined ? {} : { length: Number(length) }),
  };
}

/** An upload that goes on: where, and what is there. */
function going(
  c: Context<RegistryEnv>,
  status: 202 | 204,
  repository: string,
  { id, offset }: { id: string; offset: number },
): Response {
  c.header("Location", uploadPath(repository, id));
  c.header("Range", uploadedRange(offset));
  c.header("Docker-Upload-UUID", id);
  c.header("OCI-Chunk-Min-Length", String(c.var.registry.blobs.minimumChunk));
  return c.body(null, status);
}

function created(c: Context<RegistryEnv>, repository: string, digest: Digest): Response {
  c.header("Location", `/v2/${repository}/blobs/${digest}`);
  c.header("Docker-Content-Digest", digest);
  return c.body(null, 201);
}
