import { expect, test } from "vitest";
import { send } from "./support/registry.ts";

test("the bare address says what it is, by the name it was asked under", async () => {
  const response = await send("/");
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toMatch(/^text\/plain/);
  expect(await response.text()).toContain("docker login --username NAME hub.example");
});

test("what is nobody's is 404, in the words of its surface", async () => {
  expect((await send("/nothing")).status).toBe(404);
  const v2 = await send("/v2/nothing");
  expect(v2.status).toBe(404);
  expect(await v2.json()).toMatchObject({ errors: [{ code: "UNSUPPORTED" }] });
});
