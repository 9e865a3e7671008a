import { createExecutionContext, waitOnExecutionContext } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test } from "vitest";
import type { Env } from "../../../workers/env.ts";
import worker from "../../../workers/index.ts";
import { digestOf } from "../../../workers/shared/digest.ts";
import { origin, people, RepositoryClient, type Person } from "../support/registry.ts";

interface Counts {
  statements: number;
  reads: number;
}

/** The environment with a D1 and an R2 that count. */
function counting(): { counted: Env; counts: Counts } {
  const counts: Counts = { statements: 0, reads: 0 };
  const DB = new Proxy(env.DB, {
    get(d1, name: keyof D1Database) {
      if (name !== "batch" && name !== "prepare") return Reflect.get(d1, name);
      return (argument: never) => {
        // Whatever a batch holds was prepared before.
        if (name === "prepare") counts.statements += 1;
        return (d1[name] as (argument: never) => unknown)(argument);
      };
    },
  });
  const BLOBS = new Proxy(env.BLOBS, {
    get(bucket, name: keyof R2Bucket) {
      const method = bucket[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        if (name === "get" || name === "head" || name === "list") counts.reads += 1;
        return method.apply(bucket, args);
      };
    },
  });
  return { counted: { ...(env as unknown as Env), DB, BLOBS }, counts };
}

let alice: Person;
let digest: string;
let blob: string;

beforeEach(async () => {
  ({ alice } = await people());
  const web = await RepositoryClient.open(alice, "alice/web");
  for (const tag of ["v1", "v2", "v3"]) digest = await web.pushImage(tag, ["one", "two", "three"]);
  blob = await digestOf(new TextEncoder().encode("two"));
});

/** What one request costs an isolate that knows the token and has nothing else in its memory. */
async function costOf(path: string, method = "GET"): Promise<Counts & { status: number }> {
  const { counted, counts } = counting();
  const context = createExecutionContext();
  const ask = (target: string, authorization: string, init?: RequestInit) =>
    worker.fetch(
      new Request<unknown, IncomingRequestCfProperties>(origin + target, {
        ...init,
        headers: { Authorization: authorization },
      } as RequestInit<IncomingRequestCfProperties>),
      counted,
      context,
    );
  const basic = `Basic ${btoa(`${alice.name}:${alice.accessToken}`)}`;
  const asked = await ask("/token?service=hub.example&scope=repository:alice/web:pull,push", basic);
  const { token } = await asked.json<{ token: string }>();
  await ask("/v2/", `Bearer ${token}`);
  Object.assign(counts, { statements: 0, reads: 0 });
  const response = await ask(path, `Bearer ${token}`, { method });
  await response.arrayBuffer();
  await waitOnExecutionContext(context);
  return { status: response.status, ...counts };
}

describe("what a pull costs", () => {
  test("a manifest by tag: one statement and one read", async () => {
    expect(await costOf("/v2/alice/web/manifests/v2")).toEqual({ status: 200, statements: 1, reads: 1 });
  });

  test("a manifest by digest: the same", async () => {
    expect(await costOf(`/v2/alice/web/manifests/${digest}`)).toEqual({
      status: 200,
      statements: 1,
      reads: 1,
    });
  });

  test("a manifest that is not there: one statement", async () => {
    expect(await costOf("/v2/alice/web/manifests/none")).toEqual({ status: 404, statements: 1, reads: 0 });
  });

  test("a blob: one statement and one read; its HEAD reads nothing", async () => {
    expect(await costOf(`/v2/alice/web/blobs/${blob}`)).toEqual({ status: 200, statements: 1, reads: 1 });
    expect(await costOf(`/v2/alice/web/blobs/${blob}`, "HEAD")).toEqual({
      status: 200,
      statements: 1,
      reads: 0,
    });
  });

  test("a list of tags or referrers: one statement", async () => {
    expect(await costOf("/v2/alice/web/tags/list?n=2")).toEqual({ status: 200, statements: 1, reads: 0 });
    expect(await costOf(`/v2/alice/web/referrers/${digest}`)).toEqual({
      status: 200,
      statements: 1,
      reads: 0,
    });
  });
});
