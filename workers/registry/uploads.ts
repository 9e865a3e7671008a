import { HubError } from "../shared/errors.ts";
import type { Digest, DigestAlgorithm } from "../shared/digest.ts";
import type { RegistryContext } from "./context.ts";
import type { UploadCommand, UploadReply } from "./upload-object.ts";
import { uncarryError, uploadUnknown } from "./upload-errors.ts";
import { uploadedRange, type ChunkRange } from "./upload-range.ts";

/*
 * Uploads, as the OCI Distribution Specification has them ("Pushing blobs"): every function is one request. Each upload is a Durable
 * Object of its own (UploadObject); its id is the session's id. An upload belongs to who started it, in the repository it was started
 * in; for anybody else, and through any other repository, it is not there.
 *
 * What all of them throw: RegistryError BLOB_UPLOAD_UNKNOWN, TOOMANYREQUESTS when another request of the same upload does not end;
 * HubError `unavailable` when the store or the database fails, and then the upload is as it was.
 */

/** Which upload, and who asks. */
export interface UploadAddress {
  id: string;
  repository: string;
  /** `Access.subject` */
  subject: string;
}

/** The bytes that come with a request. */
export interface UploadBody {
  body: ReadableStream<Uint8Array> | null;
  /** Content-Range, when there was one. */
  range?: ChunkRange | undefined;
  /** Content-Length in bytes, when there was one. */
  length?: number | undefined;
}

/** Where an upload stands. */
export interface UploadStatus {
  id: string;
  /** Bytes that are safely stored. */
  offset: number;
  /** For OCI-Chunk-Min-Length, in bytes. */
  minimumChunk: number;
}

/** A blob that is readable from now on. */
export interface PushedBlob {
  digest: Digest;
  size: number;
}

/** @param algorithm what the client says the digest will be of (`digest-algorithm`). Another one at the end costs a second read. */
export async function startUpload(
  context: RegistryContext,
  { repository, subject, algorithm = "sha256" }: Omit<UploadAddress, "id"> & { algorithm?: DigestAlgorithm },
): Promise<UploadStatus> {
  const id = context.uploads.newUniqueId();
  return send(context, id, { type: "start", repository, subject, algorithm });
}

/** @throws RegistryError BLOB_UPLOAD_UNKNOWN */
export async function uploadStatus(context: RegistryContext, upload: UploadAddress): Promise<UploadStatus> {
  const { repository, subject } = upload;
  return send(context, find(context, upload), { type: "status", repository, subject });
}

/**
 * Adds a chunk: all of it, or nothing.
 *
 * @throws RegistryError RANGE_INVALID with Range and Location, when it does not begin where the upload ends; SIZE_INVALID, when the body
 *   is not as long as announced.
 */
export async function appendChunk(
  context: RegistryContext,
  upload: UploadAddress & UploadBody,
): Promise<UploadStatus> {
  const { repository, subject, body, range, length } = upload;
  const command = { type: "append", repository, subject, ...announced({ range, length }) } as const;
  return send(context, find(context, upload), command, body);
}

/**
 * Adds the last chunk, if there is one, and makes the blob readable in its repository. The same request once more, some minutes later,
 * gets the same answer.
 *
 * @throws RegistryError DIGEST_INVALID, and the upload is gone; what appendChunk throws, and it is not.
 */
export async function finishUpload(
  context: RegistryContext,
  upload: UploadAddress & UploadBody & { digest: Digest },
): Promise<PushedBlob> {
  const { repository, subject, digest, body, range, length } = upload;
  const command = { type: "finish", repository, subject, digest, ...announced({ range, length }) } as const;
  const { offset } = await send(context, find(context, upload), command, body);
  return { digest, size: offset };
}

/** A whole blob in one request. @throws RegistryError DIGEST_INVALID, SIZE_INVALID; nothing is left behind. */
export async function pushWhole(
  context: RegistryContext,
  push: Omit<UploadAddress, "id"> & Omit<UploadBody, "range"> & { digest: Digest },
): Promise<PushedBlob> {
  const { repository, subject, digest, body, length } = push;
  const command = { type: "push", repository, subject, digest, ...announced({ length }) } as const;
  const { offset } = await send(context, context.uploads.newUniqueId(), command, body);
  return { digest, size: offset };
}

/** Removes the upload with what was sent. @throws RegistryError BLOB_UPLOAD_UNKNOWN */
export async function cancelUpload(context: RegistryContext, upload: UploadAddress): Promise<void> {
  const { repository, subject } = upload;
  await send(context, find(context, upload), { type: "cancel", repository, subject });
}

/** The path of an upload, for Location. */
export function uploadPath(repository: string, id: string): string {
  return `/v2/${repository}/blobs/uploads/${id}`;
}

function announced({ range, length }: Omit<UploadBody, "body">) {
  return { ...(range ? { range } : {}), ...(length === undefined ? {} : { length }) };
}

/** The object of a session. Ids that this registry never made are told by their form, without asking anybody. */
function find({ uploads }: RegistryContext, { id }: UploadAddress): DurableObjectId {
  try {
    return uploads.idFromString(id);
  } catch {
    throw uploadUnknown();
  }
}

async function send(
  context: RegistryContext,
  id: DurableObjectId,
  command: UploadCommand,
  body: ReadableStream<Uint8Array> | null = null,
): Promise<UploadStatus> {
  const query = new URLSearchParams({ command: JSON.stringify(command) });
  const reply = await ask(
    context,
    id,
    new Request(`http://upload/?${query.toString()}`, { method: "POST", body }),
  );
  const { offset, error } = reply;
  const location = uploadPath(command.repository, id.toString());
  if (error) throw uncarryError(error, { Range: uploadedRange(offset), Location: location });
  return { id: id.toString(), offset, minimumChunk: context.blobs.minimumChunk };
}

async function ask(
  { uploads }: RegistryContext,
  id: DurableObjectId,
  request: Request,
): Promise<UploadReply> {
  try {
    const response = await uploads.get(id).fetch(request);
    if (!response.ok) throw new Error(`the upload's object answered ${response.status}`);
    return await response.json<UploadReply>();
  } catch (cause) {
    // The object was restarted or the client has gone. What was safely stored still is.
    throw new HubError(
      "unavailable",
      "the upload was interrupted; ask where it stands and go on from there",
      { cause },
    );
  }
}
