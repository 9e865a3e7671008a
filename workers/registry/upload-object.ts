import { DurableObject } from "cloudflare:workers";
import { Database } from "../db/index.ts";
import { day, hour, minute, systemClock } from "../platform/clock.ts";
import { describeError, log } from "../platform/log.ts";
import { openBlobStore } from "../platform/open-blob-store.ts";
import { Turns } from "../platform/turns.ts";
import type { Digest, DigestAlgorithm } from "../shared/digest.ts";
import { RegistryError } from "./errors.ts";
import { uploadKey } from "./keys.ts";
import { carryError, uploadUnknown, type CarriedError } from "./upload-errors.ts";
import type { ChunkRange } from "./upload-range.ts";
import { UploadSession, type Chunk, type UploadState } from "./upload-session.ts";

interface UploadObjectEnv {
  DB: D1Database;
  BLOBS?: R2Bucket;
  DISK?: Fetcher;
}

interface Chunked {
  range?: ChunkRange;
  length?: number;
}

/** What may be asked of an upload. */
export type UploadCommand = { repository: string; subject: string } & (
  | { type: "start"; algorithm: DigestAlgorithm }
  | { type: "status" | "cancel" }
  | ({ type: "append" } & Chunked)
  | ({ type: "finish"; digest: Digest } & Chunked)
  /** Start and finish in one. */
  | ({ type: "push"; digest: Digest } & Chunked)
);

/** What comes back: the bytes that are safely stored, also beside an error. */
export interface UploadReply {
  offset: number;
  error?: CarriedError;
}

/** How long a request waits for the one before it. */
const turnDeadline = minute;

/** How long an upload lives without a request. */
const idleAge = day;

/** How long a finished upload answers a client who asks again. */
const repeatAge = 15 * minute;

/**
 * One upload session: lets requests in one at a time and keeps the running hash in memory between them. What happens is in
 * UploadSession; what is asked and answered is in uploads.ts.
 */
export class UploadObject extends DurableObject<UploadObjectEnv> {
  readonly #session: UploadSession;
  readonly #turns = new Turns();

  constructor(state: DurableObjectState, env: UploadObjectEnv) {
    super(state, env);
    this.#session = new UploadSession({
      store: openBlobStore(env),
      db: new Database(env.DB),
      now: () => systemClock.now(),
      storage: {
        get: () => state.storage.kv.get<UploadState>("upload"),
        put: (upload) => state.storage.kv.put("upload", upload),
        clear: () => state.storage.deleteAll(),
      },
    });
  }

  /** A command in the query, a chunk in the body; an UploadReply comes back, whatever happened. */
  override async fetch(request: Request): Promise<Response> {
    const command = JSON.parse(new URL(request.url).searchParams.get("command") ?? "{}") as UploadCommand;
    let error: CarriedError | undefined;
    try {
      await this.#obey(command, request.body);
    } catch (thrown) {
      error = carryError(thrown);
      if (!error) throw thrown;
    }
    const reply: UploadReply = { offset: this.#session.offset, ...(error ? { error } : {}) };
    return Response.json(reply);
  }

  /** Time is over for an idle upload, or for repeating a finished one's answer. */
  override async alarm(): Promise<void> {
    // An upload that has been running since is not idle.
    if (this.#turns.busy) return this.ctx.storage.setAlarm(systemClock.now() + idleAge);
    try {
      await this.#turns.take(turnDeadline, busy, () => this.#session.expire());
    } catch (error) {
      // The runtime tries some times more and then never again; an hour later the store may be well.
      log("error", "an upload could not be cleared away", describeError(error));
      await this.ctx.storage.setAlarm(systemClock.now() + hour);
    }
  }

  async #obey(command: UploadCommand, body: ReadableStream<Uint8Array> | null): Promise<void> {
    const isStart = command.type === "start" || command.type === "push";
    if (!isStart) this.#checkOwner(command);
    if (command.type === "status") return;
    await this.#turns.take(turnDeadline, busy, async () => {
      if (isStart) await this.#start(command);
      // It may have ended while this one was waiting.
      else this.#checkOwner(command);
      try {
        await this.#run(command, body);
      } finally {
        await this.#setAlarm();
      }
    });
  }

  async #start(command: UploadCommand & { type: "start" | "push" }): Promise<void> {
    const { repository, subject } = command;
    const algorithm = command.type === "start" ? command.algorithm : "sha256";
    await this.#session.start(uploadKey(crypto.randomUUID()), { repository, subject, algorithm });
    await this.#setAlarm();
  }

  async #run(command: UploadCommand, body: ReadableStream<Uint8Array> | null): Promise<void> {
    if (command.type === "cancel") return this.#session.cancel();
    if (command.type === "append") return this.#session.append(chunkOf(command, body));
    if (command.type === "finish") await this.#session.finish(command.digest, chunkOf(command, body));
    if (command.type !== "push") return;
    try {
      await this.#session.finish(command.digest, chunkOf(command, body));
    } catch (error) {
      // Nobody knows of this upload, so nobody could go on with it.
      if (this.#session.state?.phase === "open") await this.#session.cancel();
      throw error;
    }
  }

  #checkOwner({ type, repository, subject }: UploadCommand): void {
    const { state } = this.#session;
    if (!state || state.repository !== repository || state.subject !== subject) throw uploadUnknown();
    // What is being finished, or is finished, can only be finished again.
    if (state.phase !== "open" && type !== "finish") throw uploadUnknown();
  }

  async #setAlarm(): Promise<void> {
    const { state } = this.#session;
    if (!state) return;
    const age = state.phase === "finished" ? repeatAge : idleAge;
    await this.ctx.storage.setAlarm(systemClock.now() + age);
  }
}

function chunkOf({ range, length }: Chunked, body: ReadableStream<Uint8Array> | null): Chunk {
  return { body, ...(range ? { range } : {}), ...(length === undefined ? {} : { length }) };
}

function busy(): RegistryError {
  return new RegistryError(
    "TOOMANYREQUESTS",
    "another request of this upload is still running: wait for its answer, ask where the upload stands, and go on from there",
  );
}
