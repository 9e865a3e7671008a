import { Validator } from "@seriousme/openapi-schema-validator";
import { expect, test } from "vitest";
import { Server } from "../support/server.ts";

test("the server's description of its API is a valid OpenAPI 3.1 document", async () => {
  await using server = await Server.start();
  const response = await fetch(`${server.url}/api/openapi.json`);
  const document = (await response.json()) as { openapi: string; paths: object };
  expect(document.openapi).toMatch(/^3\.1\./);
  expect(Object.keys(document.paths).length).toBeGreaterThan(5);
  expect(await new Validator().validate(document)).toEqual({ valid: true });
});
