import { expect, test } from "vitest";
import { Turns } from "../../../workers/platform/turns.ts";

const hour = 3_600_000;
const late = () => new Error("too late");

test("turns are taken in the order they were asked for, also after one that failed", async () => {
  const turns = new Turns();
  const order: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = [
    turns.take(hour, late, async () => {
      await first.promise;
      order.push("first");
    }),
    turns.take(hour, late, async () => {
      order.push("second");
      throw new Error("second failed");
    }),
    turns.take(hour, late, async () => order.push("third")),
  ];
  expect(turns.busy).toBe(true);
  first.resolve();
  const outcomes = await Promise.allSettled(all);
  expect(order).toEqual(["first", "second", "third"]);
  expect(outcomes.map((outcome) => outcome.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
});

test("who has waited too long is told so, and its work is never done", async () => {
  const turns = new Turns();
  const first = Promise.withResolvers<void>();
  let done = false;
  const running = turns.take(hour, late, () => first.promise);
  const impatient = turns.take(1, late, async () => {
    done = true;
  });
  await expect(impatient).rejects.toThrow("too late");
  first.resolve();
  await running;
  await turns.take(hour, late, async () => undefined);
  expect(done).toBe(false);
  await Promise.resolve();
  expect(turns.busy).toBe(false);
});
