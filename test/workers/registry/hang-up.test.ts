import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { Database } from "../../../workers/db/index.ts";

test("a query that never ends, as of a client who has gone, keeps no other waiting", async () => {
  const stuck = new Proxy(env.DB, {
    get(d1, name: keyof D1Database) {
      if (name !== "prepare") return Reflect.get(d1, name);
      return (text: string) => {
        const statement = d1.prepare(text);
        if (!text.includes("garbage")) return statement;
        return { bind: () => ({ all: () => new Promise(() => {}) }) };
      };
    },
  });
  const { query } = new Database(stuck);
  void query.selectFrom("garbage").selectAll().execute();
  expect(await query.selectFrom("users").select("id").execute()).toEqual([]);
});
