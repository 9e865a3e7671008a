import { expect, test } from "vitest";
import { Places } from "../../../workers/platform/places.ts";

const never = () => new Promise<never>(() => {});

test("no more are in than there are places; the others come in when one leaves", async () => {
  const places = new Places(2, 60_000);
  let [inside, most] = [0, 0];
  const work = async () => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise((resolve) => setTimeout(resolve, 5));
    inside -= 1;
  };
  await Promise.all(Array.from({ length: 7 }, async () => places.take(60_000, "full", work)));
  expect([inside, most]).toEqual([0, 2]);
});

test("whoever finds no place is told so, and one that is never left is free again in the end", async () => {
  const places = new Places(1, 100);
  void places.take(0, "full", never);
  await expect(places.take(0, "all places are taken", never)).rejects.toThrow("all places are taken");
  expect(await places.take(60_000, "full", async () => "in")).toBe("in");
});

test("work that fails leaves its place", async () => {
  const places = new Places(1, 60_000);
  await expect(places.take(0, "full", () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(await places.take(0, "full", async () => "in")).toBe("in");
});
