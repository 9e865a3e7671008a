import { HubError } from "../shared/errors.ts";
import { describeError, log } from "./log.ts";

/**
 * Idempotency keys (IETF draft "The Idempotency-Key HTTP Header Field"): who does not know whether a request that creates something
 * arrived sends it again with the same key, and it is done once.
 *
 * A key begins when the first request with it has been checked and is about to act. From there it has one of these ends:
 * - the answer is kept, and given again to every repetition;
 * - what was asked for was refused (4xx): nothing has been done, and the key is as if it had never been used;
 * - there never is an answer (a failure, a crash). Nobody knows then what has been done, so a repetition is refused, too.
 */
export interface KeptAnswers {
  /** Begins this key, or says what has become of it. Of several at the same moment, one begins. */
  begin(request: KeyedRequest): Promise<KeyState>;
  keep(request: KeyedRequest, answer: KeptAnswer): Promise<void>;
  forget(request: KeyedRequest): Promise<void>;
}

/** A request as far as it must be the same to be a repetition. */
export interface KeyedRequest {
  /** Whose key it is: no credential sees answers to another. */
  subject: string;
  /** Method, path and query. */
  route: string;
  key: string;
  /** As it was sent. */
  body: string;
}

export interface KeptAnswer {
  status: number;
  /** JSON; empty for none. */
  body: string;
}

export type KeyState =
  | { state: "begun" }
  | { state: "answered"; answer: KeptAnswer }
  /** It was used for something else. */
  | { state: "other" }
  /** No answer yet; `age` in milliseconds since it began. */
  | { state: "unanswered"; age: number };

export const keyHeader = "Idempotency-Key";
const replayHeader = "Idempotent-Replayed";
/** No request takes longer. */
const longestRequest = 2 * 60_000;

/**
 * The key that a request brings; undefined: none.
 *
 * @throws HubError `invalid` when it is not 1 to 255 visible ASCII characters.
 */
export function readKey(request: Request): string | undefined {
  const key = request.headers.get(keyHeader);
  if (key === null) return undefined;
  if (!/^[!-~]{1,255}$/.test(key))
    throw new HubError(
      "invalid",
      `the ${keyHeader} has to be 1 to 255 visible ASCII characters, without spaces; a random UUID is a good one`,
    );
  return key;
}

/**
 * Acts once for all requests with one key.
 *
 * @throws HubError `conflict` when the key was used for something else, or has no answer; what `act` throws.
 */
export async function once(
  answers: KeptAnswers,
  request: KeyedRequest,
  act: () => Promise<KeptAnswer>,
): Promise<Response> {
  const found = await answers.begin(request);
  if (found.state === "answered") return render(found.answer, { [replayHeader]: "true" });
  if (found.state !== "begun") throw refusal(found);
  let answer: KeptAnswer;
  try {
    answer = await act();
  } catch (error) {
    if (nothingWasDone(error)) await answers.forget(request);
    throw error;
  }
  // What has been made has been made: its answer goes out, kept or not.
  await answers
    .keep(request, answer)
    .catch((error: unknown) =>
      log("error", "an answer could not be kept for its idempotency key", describeError(error)),
    );
  return render(answer);
}

/** An answer of the JSON API. */
export function render({ status, body }: KeptAnswer, more: Record<string, string> = {}): Response {
  const headers = { "Cache-Control": "no-store", ...more };
  if (body === "") return new Response(null, { status, headers });
  return new Response(body, { status, headers: { ...headers, "Content-Type": "application/json" } });
}

function nothingWasDone(error: unknown): boolean {
  return error instanceof HubError && error.kind !== "unavailable";
}

function refusal(found: KeyState & { state: "other" | "unanswered" }): HubError {
  if (found.state === "other")
    return new HubError(
      "conflict",
      `this ${keyHeader} was sent before with another request; make a new key for each thing you create`,
    );
  if (found.age < longestRequest) return new StillUnderWay();
  return new HubError(
    "conflict",
    `the first request with this ${keyHeader} ended without an answer; look whether what it was to create is there, and go on with a new key`,
  );
}

class StillUnderWay extends HubError {
  readonly headers = { "Retry-After": "1" };

  constructor() {
    super("conflict", `the first request with this ${keyHeader} is still under way; try again in a second`);
  }
}
