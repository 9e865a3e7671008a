import { expect, test } from "vitest";
import { send } from "./support/registry.ts";

test("the bare address says what it is, by the name it was asked under", async () => {
  const response = await send("/");
  expect(response.status).toBe(200);
  expect(response.headers.get("Content-Type")).toMatch(/^text\/html/);
  expect(await response.text()).toContain("docker login --username NAME hub.example");
});

test("what is nobody's is 404, in the words of its surface", async () => {
  const page = await send("/nothing", { headers: { Accept: "text/html" } });
  expect(page.status).toBe(404);
  expect(await page.text()).toContain("There is no page at /nothing.");
  const api = await send("/api/v1/nothing");
  expect(api.status).toBe(404);
  expect(api.headers.get("Content-Type")).toBe("application/problem+json");
  const v2 = await send("/v2/nothing");
  expect(v2.status).toBe(404);
  expect(await v2.json()).toMatchObject({ errors: [{ code: "UNSUPPORTED" }] });
});
