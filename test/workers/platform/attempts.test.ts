import { env } from "cloudflare:workers";
import { describe, expect, it } from "vitest";
import { countAttempts, spend, type Limit } from "../../../workers/platform/attempts.ts";

const limit: Limit = { burst: 3, every: 1000 };

describe("a bucket of tries", () => {
  it("gives its burst at once, then one each time that has passed", () => {
    let full = 0;
    const at = (now: number) => {
      const verdict = spend(full, now, limit);
      if (verdict.allowed) full = verdict.full;
      return verdict.allowed || verdict.wait;
    };
    expect([5000, 5000, 5000, 5000, 5400, 6000, 6000].map(at)).toEqual([
      true,
      true,
      true,
      1000,
      600,
      true,
      1000,
    ]);
    expect([60_000, 60_000, 60_000, 60_000].map(at)).toEqual([true, true, true, 1000]);
  });
});

describe("attempts", () => {
  const attempts = countAttempts(env.ATTEMPTS, async (text) => `${text}-----`);
  const tries = async (key: string, now = 1000) =>
    attempts.spend(key, limit, now).then(
      () => "allowed",
      (error: { kind: string; detail: unknown; headers: unknown }) => error,
    );

  it("are counted for each key alone, also at the same moment", async () => {
    const results = await Promise.all([1, 2, 3, 4, 5].map(async () => tries("alice")));
    expect(results.filter((result) => result === "allowed")).toHaveLength(3);
    expect(await tries("bob")).toBe("allowed");
  });

  it("that are too many say when to come back, also by Retry-After", async () => {
    for (let count = 0; count < 3; count += 1) await tries("carol");
    expect(await tries("carol")).toMatchObject({
      kind: "too-many",
      detail: { retry_after: 1 },
      headers: { "Retry-After": "1" },
    });
  });

  it("are given back when they were none", async () => {
    for (let count = 0; count < 10; count += 1) {
      expect(await tries("dave")).toBe("allowed");
      await attempts.giveBack("dave", limit);
    }
  });
});
