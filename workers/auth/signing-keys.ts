import { base64url, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import type { Database } from "../db/index.ts";
import { day, hour, minute, second, type Clock } from "../platform/clock.ts";
import { describeError, log } from "../platform/log.ts";
import type { Secret } from "./secret.ts";

/**
 * The ES256 keys that sign registry tokens.
 *
 * A key is made when it is needed, by whichever isolate comes first. It verifies at once and everywhere (an isolate that meets an
 * unknown `kid` loads again), and signs when it is old enough for every isolate to have it: until then the one before it signs. After
 * 30 days its successor is made; it is deleted when the successor has signed for so long that no token of the old key is alive.
 *
 * The database holds the private half sealed under SECRET, and only what opens is used, the public half too: to write rows into this
 * table is not enough to make the hub trust a key. The `kid` starts with the fingerprint of SECRET, so that keys of another SECRET are
 * not even looked at.
 */
const rotateAfter = 30 * day;
/** Longer than `reloadAfter`. */
const signsAfter = 10 * minute;
/** After its successor has been made; longer than `signsAfter`, `reloadAfter` and a token's life together. */
const retireAfter = hour;
/** How long an isolate uses what it has read. */
const reloadAfter = 5 * minute;
/** How often a `kid` that nobody knows may cause a read. */
const searchAfter = 10 * second;

interface SigningKey {
  kid: string;
  createdAt: number;
  privateKey: CryptoKey;
  publicKey: CryptoKey;
  publicJwk: JWK;
}

/** The keys, as one isolate has them. */
export class KeyRing {
  readonly #db: Database;
  readonly #clock: Clock;
  readonly #secret: Secret;
  /** Youngest first. */
  #keys: readonly SigningKey[] = [];
  #loadedAt = -Infinity;

  constructor(db: Database, clock: Clock, secret: Secret) {
    this.#db = db;
    this.#clock = clock;
    this.#secret = secret;
  }

  /** The key to sign with now; made if there is none. */
  async signer(): Promise<{ kid: string; privateKey: CryptoKey }> {
    const keys = await this.#ensure();
    const old = this.#clock.now() - signsAfter;
    const key = keys.find((each) => each.createdAt <= old) ?? keys.at(-1);
    if (!key)
      throw new Error("no signing key could be made: what was written under SECRET cannot be read back");
    return key;
  }

  /** The key that verifies what `kid` signed; undefined when there is none. */
  async verifier(kid: string): Promise<CryptoKey | undefined> {
    const has = (each: SigningKey) => each.kid === kid;
    const age = this.#clock.now() - this.#loadedAt;
    if (age >= reloadAfter || (age >= searchAfter && !this.#keys.some(has))) await this.#load();
    return this.#keys.find(has)?.publicKey;
  }

  /** For `/.well-known/jwks.json` (RFC 7517, section 5). */
  async publicKeys(): Promise<JWK[]> {
    const keys = await this.#ensure();
    return keys.map((key) => key.publicJwk);
  }

  /** Makes the next key when it is time, and deletes those that nothing alive was signed with. For the schedule. */
  async rotate(): Promise<void> {
    await this.#load();
    await this.#ensure();
    await this.#db.query
      .deleteFrom("signing_keys")
      .where("created_at", "<", (is) =>
        is
          .selectFrom("signing_keys")
          .select(is.fn.max("created_at").as("successor"))
          .where("created_at", "<=", this.#clock.now() - retireAfter),
      )
      .execute();
  }

  async #ensure(): Promise<readonly SigningKey[]> {
    const now = this.#clock.now();
    if (now - this.#loadedAt >= reloadAfter || this.#keys.length === 0) await this.#load();
    const youngest = this.#keys[0];
    if (!youngest || youngest.createdAt <= now - rotateAfter) {
      await this.#create();
      await this.#load();
    }
    return this.#keys;
  }

  async #load(): Promise<void> {
    const rows = await this.#db.query
      .selectFrom("signing_keys")
      .selectAll()
      .where("kid", ">", await this.#prefix())
      .where("kid", "<", `${await this.#prefix()}~`)
      .orderBy("created_at", "desc")
      .orderBy("kid")
      .execute();
    const keys = await Promise.all(
      rows.map(async (row) => this.#keys.find((key) => key.kid === row.kid) ?? this.#open(row)),
    );
    this.#keys = keys.filter((key) => key !== undefined);
    this.#loadedAt = this.#clock.now();
  }

  /** Two isolates at the same moment make one: the second finds a young key there. */
  async #create(): Promise<void> {
    const prefix = await this.#prefix();
    const kid = prefix + base64url.encode(crypto.getRandomValues(new Uint8Array(9)));
    const { privateKey } = await generateKeyPair("ES256", { extractable: true });
    const jwk = await exportJWK(privateKey);
    const sealed = await this.#secret.seal(kid, JSON.stringify(jwk));
    const now = this.#clock.now();
    const row = this.#db.query
      .selectNoFrom((row) => [
        row.val(kid).as("kid"),
        row.val(JSON.stringify(publicHalf(jwk, kid))).as("public_jwk"),
        row.val(sealed).as("sealed_private_jwk"),
        row.val(now).as("created_at"),
      ])
      .where((is) =>
        is.not(
          is.exists(
            this.#db.query
              .selectFrom("signing_keys")
              .select("kid")
              .where("kid", ">", prefix)
              .where("kid", "<", `${prefix}~`)
              .where("created_at", ">", now - rotateAfter),
          ),
        ),
      );
    await this.#db.query
      .insertInto("signing_keys")
      .columns(["kid", "public_jwk", "sealed_private_jwk", "created_at"])
      .expression(row)
      .execute();
  }

  async #open(row: {
    kid: string;
    sealed_private_jwk: string;
    created_at: number;
  }): Promise<SigningKey | undefined> {
    try {
      const jwk = JSON.parse(await this.#secret.open(row.kid, row.sealed_private_jwk)) as JWK;
      const publicJwk = publicHalf(jwk, row.kid);
      return {
        kid: row.kid,
        createdAt: row.created_at,
        privateKey: (await importJWK(jwk, "ES256")) as CryptoKey,
        publicKey: (await importJWK(publicJwk, "ES256")) as CryptoKey,
        publicJwk,
      };
    } catch (error) {
      log("error", "a signing key does not open under SECRET and is not used", {
        kid: row.kid,
        ...describeError(error),
      });
      return undefined;
    }
  }

  /** Sorts before, and with `~` after, every kid of this SECRET. */
  async #prefix(): Promise<string> {
    return `${await this.#secret.fingerprint()}.`;
  }
}

/** Makes the next key when it is time, and deletes dead ones. For the schedule; at most a few times an hour is enough. */
export async function rotateSigningKeys({ keys }: { keys: KeyRing }): Promise<void> {
  await keys.rotate();
}

function publicHalf({ kty, crv, x, y }: JWK, kid: string): JWK {
  return { kty, crv, x, y, kid, alg: "ES256", use: "sig" } as JWK;
}
