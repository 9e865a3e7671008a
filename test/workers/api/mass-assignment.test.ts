import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { apiEndpoints } from "../../../workers/app.ts";
import { goodRequest, titleOf } from "./support/requests.ts";
import { Scene, wholeDatabase } from "./support/scene.ts";

/** Names of fields that somebody may try to smuggle in: all that any schema of the API has, and all columns of the database. */
const fieldNames = new Set<string>();

const withBody = apiEndpoints.filter(({ body }) => body !== undefined);

beforeEach(async () => {
  for (const { body, query, answer } of apiEndpoints)
    for (const schema of [body, query, "schema" in answer ? answer.schema : undefined])
      if (schema) collectNames(z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }));
  const columns = await env.DB.prepare(
    `select distinct columns.name from sqlite_schema tables join pragma_table_info(tables.name) columns
     where tables.type = 'table' and tables.name not glob 'sqlite_*' and tables.name not glob '_cf_*'`,
  ).all<{ name: string }>();
  for (const { name } of columns.results) fieldNames.add(name);
  fieldNames.add("__proto__").add("constructor");
});

test("the names that are tried are those that would do harm", () => {
  for (const name of [
    "id",
    "administrator",
    "owner_id",
    "role",
    "email_verified_at",
    "created_at",
    "hmac",
    "organization_id",
  ])
    expect(fieldNames).toContain(name);
});

test("a field that is not an endpoint's to set is refused by its name, and nothing changes", async () => {
  const scene = await Scene.make(1);
  const before = await wholeDatabase();
  for (const endpoint of withBody) {
    const good = goodRequest(endpoint, scene, "administrator");
    const foreign = [...fieldNames].filter((name) => !Object.hasOwn(endpoint.body?.shape ?? {}, name));
    const send = async (names: readonly string[]) => {
      const body = smuggle(good.body as object, names);
      const response = await scene.send("administrator", { ...good, body });
      return [titleOf(endpoint), response.status, await response.text()] as const;
    };
    const [, , text] = await send(foreign);
    for (const name of foreign) expect([titleOf(endpoint), text]).toEqual([titleOf(endpoint), quoting(name)]);
    // Alone, too: those of them that would do most.
    for (const name of foreign.filter((each) =>
      ["id", "administrator", "owner_id", "__proto__"].includes(each),
    ))
      expect(await send([name])).toEqual([titleOf(endpoint), 400, quoting(name)]);
  }
  expect(await wholeDatabase()).toBe(before);
}, 300_000);

test("no body has a place deeper inside where fields go unnoticed", () => {
  const open = withBody.map((endpoint) => [
    titleOf(endpoint),
    openObjects(endpoint.body && z.toJSONSchema(endpoint.body, { io: "input" })),
  ]);
  expect(open).toEqual(withBody.map((endpoint) => [titleOf(endpoint), []]));
});

/** A problem's text, in which a field's name stands in quotes inside a JSON string. */
function quoting(name: string): unknown {
  return expect.stringContaining(`\\"${name}\\"`);
}

/** The body with these fields besides, as text: an object literal cannot have `__proto__`. */
function smuggle(body: object, names: readonly string[]): string {
  const fields = names.map((name) => `${JSON.stringify(name)}:1`);
  const own = JSON.stringify(body).slice(1, -1);
  return `{${[own, ...fields].filter(Boolean).join(",")}}`;
}

function collectNames(schema: unknown): void {
  if (typeof schema !== "object" || schema === null) return;
  const { properties } = schema as { properties?: Record<string, unknown> };
  for (const name of Object.keys(properties ?? {})) fieldNames.add(name);
  for (const part of Object.values(schema)) collectNames(part);
}

/** Places of a schema where an object takes fields that nobody named; a map from names to plain values is none. */
function openObjects(schema: unknown, place = "body"): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { type, additionalProperties } = schema as { type?: string; additionalProperties?: unknown };
  const open = type === "object" && (additionalProperties === undefined || additionalProperties === true);
  return [
    ...(open ? [place] : []),
    ...Object.entries(schema).flatMap(([name, part]) => openObjects(part, `${place}.${name}`)),
  ];
}
