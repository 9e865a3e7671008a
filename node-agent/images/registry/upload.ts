import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import type { RepositoryWriter } from "./writer.ts";

/** How much one request carries, in bytes: less than what proxies let through, and what is sent again when it breaks off. */
const pieceSize = 64 * 1024 * 1024;

/** Tries without a single byte between them, and the longest pause before one, in milliseconds. */
const maximumTries = 6;
const longestPause = 10_000;

export interface Upload {
  digest: Digest;
  size: number;
  /** Asked for only when it is to be sent: what reads its bytes from `start` to before `end`. */
  open: () => Promise<(start: number, end: number) => Readable>;
  /** Repositories of the same registry that may have it. */
  from: readonly string[];
}

export type Uploaded = { how: "exists" | "uploaded" } | { how: "mounted"; from: string };

/**
 * Brings a blob into a repository: not at all where it is there, from another repository of the registry where that has it, else by sending it. What
 * breaks off goes on from where the registry has it.
 *
 * @throws HubError with what the registry refuses it with, `unavailable` when it breaks off again and again; the signal's reason.
 */
export async function upload(
  writer: RepositoryWriter,
  blob: Upload,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<Uploaded> {
  if (await writer.has(blob.digest, signal)) return { how: "exists" };
  let session: URL | undefined;
  for (const from of blob.from) {
    // A repository that we may not read, or that is gone, is no obstacle.
    const answer = await writer.mount(blob.digest, from, signal).catch((error: unknown) => {
      if (error instanceof HubError && error.kind !== "unavailable") return "refused" as const;
      throw error;
    });
    if (answer === undefined) return { how: "mounted", from };
    if (answer !== "refused") {
      session = answer;
      break;
    }
  }
  await send(writer, blob, session ?? (await writer.begin(signal)), signal, onProgress);
  return { how: "uploaded" };
}

async function send(
  writer: RepositoryWriter,
  { digest, size, open }: Upload,
  begun: URL,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<void> {
  const read = await open();
  let state = { session: begun, at: 0 };
  let furthest = 0;
  for (let tries = 0; ;) {
    try {
      while (state.at < size) {
        const { session, at } = state;
        const end = Math.min(at + pieceSize, size);
        const bytes = () => counted(read(at, end), (sent) => onProgress(at + sent));
        state = { session: await writer.append(session, bytes, { start: at, end }, signal), at: end };
      }
      await writer.finish(state.session, digest, signal);
      return;
    } catch (error) {
      signal.throwIfAborted();
      if (!mayPass(error)) throw error;
      if (state.at > furthest) tries = 0;
      furthest = Math.max(furthest, state.at);
      tries += 1;
      if (tries === maximumTries) throw error;
      await sleep(Math.min(200 * 2 ** tries, longestPause) * (0.5 + Math.random() / 2), undefined, {
        signal,
      });
    }
    // The answer alone may have been lost.
    if (state.at === size && (await writer.has(digest, signal).catch(() => false))) return;
    const known = await writer.progress(state.session, signal).catch(() => undefined);
    if (known !== undefined && known.at <= size) state = known;
    else state = { session: await writer.begin(signal), at: 0 };
  }
}

function counted(stream: Readable, onSent: (bytes: number) => void): Readable {
  let sent = 0;
  stream.on("data", (chunk: Buffer) => {
    sent += chunk.length;
    onSent(sent);
  });
  return stream;
}

/** Whether the same bytes may be taken a moment later. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof HubError)) return false;
  // A session that is gone, or stands elsewhere than we think.
  return ["unavailable", "too-many", "range", "not-found"].includes(error.kind);
}
