import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { readForm } from "../../../workers/platform/validate.ts";
import { chunksInTime, smallBodyDeadline } from "../../../workers/platform/slow-client.ts";

/** A body whose client sends what `send` is given, and nothing else. */
class SlowBody {
  cancelled = false;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  readonly stream = new ReadableStream<Uint8Array>({
    start: (controller) => {
      this.#controller = controller;
    },
    cancel: () => {
      this.cancelled = true;
    },
  });

  send(text: string): void {
    this.#controller?.enqueue(new TextEncoder().encode(text));
  }

  end(): void {
    this.#controller?.close();
  }
}

async function read(body: SlowBody, milliseconds: number): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of chunksInTime(body.stream, milliseconds)) text += decoder.decode(chunk);
  return text;
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});

afterEach(() => {
  vi.useRealTimers();
});

const late = { kind: "invalid", message: expect.stringContaining("did not arrive within") as string };

describe("a small body", () => {
  it("that arrives in time is read whole, and leaves no timer behind", async () => {
    const body = new SlowBody();
    const text = read(body, 1000);
    body.send("one ");
    await vi.advanceTimersByTimeAsync(999);
    body.send("two");
    body.end();
    expect(await text).toBe("one two");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of a client that falls silent is given up and cancelled", async () => {
    const body = new SlowBody();
    const text = expect(read(body, 1000)).rejects.toMatchObject(late);
    body.send("o");
    await vi.advanceTimersByTimeAsync(1000);
    await text;
    expect(body.cancelled).toBe(true);
  });

  it("has no more time when it comes byte by byte", async () => {
    const body = new SlowBody();
    const text = expect(read(body, 1000)).rejects.toMatchObject(late);
    for (const byte of "dot") {
      body.send(byte);
      await vi.advanceTimersByTimeAsync(400);
    }
    await text;
    expect(body.cancelled).toBe(true);
  });

  it("that its reader gives up is cancelled, and leaves no timer behind", async () => {
    const body = new SlowBody();
    body.send("too much");
    for await (const _chunk of chunksInTime(body.stream, 1000)) break;
    expect(body.cancelled).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("of a form does not hold its request for ever", async () => {
    const body = new SlowBody();
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    const request = new Request("https://hub.example/token", { method: "POST", headers, body: body.stream });
    const form = expect(readForm(request)).rejects.toMatchObject(late);
    body.send("g");
    await vi.advanceTimersByTimeAsync(smallBodyDeadline);
    await form;
  });
});
