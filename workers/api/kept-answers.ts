import type { ExpressionBuilder } from "kysely";
import type { AuthContext } from "../auth/index.ts";
import type { Tables } from "../db/index.ts";
import { day } from "../platform/clock.ts";
import type { KeptAnswer, KeptAnswers, KeyedRequest, KeyState } from "../platform/idempotency.ts";

type Context = Pick<AuthContext, "db" | "clock" | "secret">;

/** How long a key stands for its first request, in milliseconds. */
const kept = day;

/**
 * Answers by idempotency key in D1. An answer may hold a new token's text, so it is sealed, for the very row it is in: who copies the
 * table or moves answers about in it reads none.
 */
export function keptAnswers({ db, clock, secret }: Context): KeptAnswers {
  return {
    async begin(request): Promise<KeyState> {
      const now = clock.now();
      const body_hmac = await secret.hmac(request.body);
      const { subject, route, key } = request;
      const [, begun, found] = await db.batch([
        db.query
          .deleteFrom("idempotency_keys")
          .where(rowOf(request))
          .where("begun_at", "<=", now - kept),
        db.query
          .insertInto("idempotency_keys")
          .values({ subject, route, key, body_hmac, begun_at: now, sealed_answer: null })
          .onConflict((conflict) => conflict.doNothing()),
        db.query
          .selectFrom("idempotency_keys")
          .select(["body_hmac", "begun_at", "sealed_answer"])
          .where(rowOf(request)),
      ]);
      if (begun?.numAffectedRows === 1n) return { state: "begun" };
      const [row] = (found?.rows ?? []) as {
        body_hmac: string;
        begun_at: number;
        sealed_answer: string | null;
      }[];
      if (!row || row.body_hmac !== body_hmac) return { state: "other" };
      if (row.sealed_answer === null) return { state: "unanswered", age: now - row.begun_at };
      const answer = await secret.open(labelOf(request), row.sealed_answer);
      return { state: "answered", answer: JSON.parse(answer) as KeptAnswer };
    },

    async keep(request, answer) {
      const sealed_answer = await secret.seal(labelOf(request), JSON.stringify(answer));
      await db.query.updateTable("idempotency_keys").set({ sealed_answer }).where(rowOf(request)).execute();
    },

    async forget(request) {
      await db.query.deleteFrom("idempotency_keys").where(rowOf(request)).execute();
    },
  };
}

/** Deletes the keys whose time is over. For the schedule. */
export async function dropOldAnswers({ db, clock }: Pick<Context, "db" | "clock">): Promise<void> {
  await db.query
    .deleteFrom("idempotency_keys")
    .where("begun_at", "<=", clock.now() - kept)
    .execute();
}

function rowOf({ subject, route, key }: KeyedRequest) {
  return (is: ExpressionBuilder<Tables, "idempotency_keys">) => is.and({ subject, route, key });
}

function labelOf({ subject, route, key }: KeyedRequest): string {
  return JSON.stringify(["idempotency", subject, route, key]);
}
