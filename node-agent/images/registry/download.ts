import type { IncomingMessage } from "node:http";
import { type FileHandle, open, rename, rm, writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Digest } from "#shared/digest";
import { HubError } from "#shared/errors";
import { readOptional } from "../../host/files.ts";
import type { Front } from "../unpack/unpacker.ts";
import type { RepositoryClient } from "./client.ts";
import type { Slots } from "../slots.ts";

/** A blob longer than this comes in parts, several at once. In bytes. */
const partsFrom = 16 * 1024 * 1024;
const partSize = 8 * 1024 * 1024;

/** How many parts of one blob come at once, where the pull has connections free. */
const partsAtOnce = 4;

/** How much is gathered for one write, in bytes. */
const writeSize = 512 * 1024;

/** Tries without a single byte between them, and the longest pause before one, in milliseconds. */
const maximumTries = 8;
const longestPause = 10_000;

interface Part {
  start: number;
  end: number;
  /** Up to where it is on disk. */
  at: number;
}

/**
 * The download of one blob into a file, in parts that come at the same time and each go on where they broke off. The file grows from its
 * beginning, more or less; the front says how far it has no gap, so that it can be read while it grows. What has arrived is noted beside it, for the next
 * try after a crash. Whether the bytes are the right ones is for the reader to check.
 */
export class Download implements Front {
  readonly #client: RepositoryClient;
  readonly #digest: Digest;
  readonly #size: number;
  readonly #file: string;
  readonly #slots: Slots;
  readonly #listeners = new Set<(available: number) => void>();
  #parts: Part[] = [];
  #available = 0;
  #everything: Promise<void> | undefined;
  #noting: Promise<void> = Promise.resolve();
  /** Whether an earlier try has left something here, so that a wrong digest may be its fault. */
  resumed = false;

  constructor(client: RepositoryClient, blob: { digest: Digest; size: number }, file: string, slots: Slots) {
    this.#client = client;
    this.#digest = blob.digest;
    this.#size = blob.size;
    this.#file = file;
    this.#slots = slots;
  }

  get available(): number {
    return this.#available;
  }

  follow(listener: (available: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes the file, so that it can be opened for reading. */
  async prepare(): Promise<void> {
    const arrived = await this.#readNotes();
    this.resumed = arrived.size > 0;
    if (!this.resumed) await (await open(this.#file, "w", 0o600)).close();
    this.#parts = partsOf(this.#size).map((part) => ({
      ...part,
      at: arrived.has(part.start) ? part.end : part.start,
    }));
    this.#advance();
  }

  /** @throws HubError `unavailable` when it breaks off again and again, and what the registry refuses it with; the signal's reason. */
  async run(stopping: AbortSignal): Promise<void> {
    const handle = await open(this.#file, "r+");
    try {
      const waiting = this.#parts.filter((part) => part.at < part.end);
      const stop = new AbortController();
      const signal = AbortSignal.any([stopping, stop.signal]);
      const lanes = Array.from({ length: Math.min(partsAtOnce, waiting.length) }, async () => {
        for (let part = waiting.shift(); part !== undefined; part = waiting.shift())
          await this.#fetchPart(handle, part, signal);
      });
      try {
        await Promise.all(lanes);
      } catch (error) {
        stop.abort(error);
        throw error;
      } finally {
        await Promise.allSettled(lanes);
      }
    } finally {
      await this.#noting;
      await handle.close();
    }
  }

  /** Forgets what an earlier try has left. */
  async discard(): Promise<void> {
    await Promise.all([this.#file, this.#notes].map((file) => rm(file, { force: true })));
  }

  /** The file is whole, and somebody else's now. */
  async forgetNotes(): Promise<void> {
    await rm(this.#notes, { force: true });
  }

  get #notes(): string {
    return `${this.#file}.parts`;
  }

  async #fetchPart(handle: FileHandle, part: Part, signal: AbortSignal): Promise<void> {
    for (let tries = 1; part.at < part.end; tries++) {
      const before = part.at;
      try {
        await this.#slots.use(signal, () => this.#try(handle, part, signal));
      } catch (error) {
        signal.throwIfAborted();
        if (!mayPass(error)) throw error;
        if (part.at > before) tries = 1;
        if (tries >= maximumTries)
          throw new HubError(
            "unavailable",
            `the download of ${this.#digest} broke off ${tries} times: ${String(error)}`,
            {
              cause: error,
            },
          );
        await sleep(Math.min(100 * 2 ** tries, longestPause) * (0.5 + Math.random() / 2), undefined, {
          signal,
        });
      }
    }
    if (this.#parts.length > 1) this.#note();
  }

  async #try(handle: FileHandle, part: Part, signal: AbortSignal): Promise<void> {
    if (this.#everything !== undefined) await this.#everything.catch(() => {});
    if (part.at >= part.end) return;
    const whole = part.start === 0 && part.at === 0 && part.end === this.#size;
    const range = whole ? undefined : { start: part.at, end: part.end };
    const { body, partial } = await this.#client.blob(this.#digest, range, signal);
    if (partial || whole) {
      await this.#take(handle, body, part.at, part.end, (at) => (part.at = Math.min(at, part.end)));
      return;
    }
    // A registry without ranges gives everything: one of the parts takes it for all.
    if (this.#everything !== undefined) {
      body.destroy();
      return this.#everything;
    }
    this.#everything = this.#take(handle, body, 0, this.#size, (at) => {
      for (const each of this.#parts) each.at = Math.max(each.at, Math.min(at, each.end));
    }).finally(() => {
      this.#everything = undefined;
    });
    await this.#everything;
  }

  /** Writes what comes from `start` on, and says after each write how far it is. */
  async #take(
    handle: FileHandle,
    body: IncomingMessage,
    start: number,
    end: number,
    onWritten: (at: number) => void,
  ): Promise<void> {
    let at = start;
    let gathered: Buffer[] = [];
    let length = 0;
    const flush = async () => {
      if (length === 0) return;
      await writeAll(handle, gathered, at);
      at += length;
      gathered = [];
      length = 0;
      onWritten(at);
      this.#advance();
    };
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        if (at + length + chunk.length > end)
          throw new HubError(
            "invalid",
            `the registry gives more than the ${this.#size} bytes of ${this.#digest}`,
          );
        gathered.push(chunk);
        length += chunk.length;
        if (length >= writeSize) await flush();
      }
    } finally {
      // What has arrived counts, also where the rest does not come.
      await flush();
    }
    if (at < end) throw new Error(`the answer ended ${end - at} bytes early`);
  }

  #advance(): void {
    const open = this.#parts.find((part) => part.at < part.end);
    const available = open?.at ?? this.#size;
    if (available === this.#available) return;
    this.#available = available;
    for (const listener of this.#listeners) listener(available);
  }

  /** Only a hint for after a crash: it is not synced, and the digest decides. */
  #note(): void {
    this.#noting = this.#noting.then(() => this.#write()).catch(() => {});
  }

  async #write(): Promise<void> {
    const arrived = this.#parts.filter((part) => part.at === part.end).map((part) => part.start);
    await writeFile(`${this.#notes}.new`, JSON.stringify({ size: this.#size, partSize, arrived }));
    await rename(`${this.#notes}.new`, this.#notes);
  }

  async #readNotes(): Promise<Set<number>> {
    const text = await readOptional(this.#notes);
    try {
      const notes = JSON.parse(text ?? "{}") as { size?: number; partSize?: number; arrived?: number[] };
      if (notes.size === this.#size && notes.partSize === partSize) return new Set(notes.arrived);
    } catch {
      // Half a note is none.
    }
    return new Set();
  }
}

function partsOf(size: number): { start: number; end: number }[] {
  if (size <= partsFrom) return [{ start: 0, end: size }];
  const count = Math.ceil(size / partSize);
  return Array.from({ length: count }, (_, index) => ({
    start: index * partSize,
    end: Math.min((index + 1) * partSize, size),
  }));
}

async function writeAll(handle: FileHandle, chunks: readonly Buffer[], position: number): Promise<void> {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const { bytesWritten } = await handle.writev(chunks, position);
  if (bytesWritten === length) return;
  const rest = Buffer.concat(chunks).subarray(bytesWritten);
  await writeAll(handle, [rest], position + bytesWritten);
}

/** Whether the same request may succeed a moment later. */
function mayPass(error: unknown): boolean {
  if (error instanceof HubError) return error.kind === "unavailable" || error.kind === "too-many";
  // Of the disk, not of the network.
  return !(
    error instanceof Error &&
    "code" in error &&
    ["ENOSPC", "EDQUOT", "EIO", "EROFS"].includes(String(error.code))
  );
}
