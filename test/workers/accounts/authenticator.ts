import type { AuthenticationResponseJSON, RegistrationResponseJSON } from "@simplewebauthn/server";
import { base64url } from "jose";

interface Faults {
  /** Origin that the browser says it is at. */
  origin?: string;
  /** Says that nobody has unlocked the device. */
  withoutUser?: boolean;
  challenge?: string;
  /** Answers with the id of another passkey. */
  id?: string;
}

/** An authenticator in software: one passkey (ES256), with the answers a browser gives for it (WebAuthn, sections 5 and 6). */
export class Authenticator {
  readonly id = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  readonly #keys: CryptoKeyPair;
  readonly #host: string;
  #counter = 0;

  private constructor(keys: CryptoKeyPair, host: string) {
    this.#keys = keys;
    this.#host = host;
  }

  static async create(host: string): Promise<Authenticator> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    return new Authenticator(keys as CryptoKeyPair, host);
  }

  async register(options: { challenge: string }, faults: Faults = {}): Promise<RegistrationResponseJSON> {
    const jwk = (await crypto.subtle.exportKey("jwk", this.#keys.publicKey)) as JsonWebKey;
    const key = cborMap([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, base64url.decode(jwk.x ?? "")],
      [-3, base64url.decode(jwk.y ?? "")],
    ]);
    const id = base64url.decode(this.id);
    const attested = join(new Uint8Array(16), Uint8Array.of(id.length >> 8, id.length), id, key);
    const data = join(await this.#data(0x40, faults), attested);
    const attestation = cborMap([
      ["fmt", "none"],
      ["attStmt", cborMap([])],
      ["authData", data],
    ]);
    return {
      id: this.id,
      rawId: this.id,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: this.#clientData("webauthn.create", options, faults),
        attestationObject: base64url.encode(attestation),
        transports: ["internal"],
      },
    };
  }

  async signIn(options: { challenge: string }, faults: Faults = {}): Promise<AuthenticationResponseJSON> {
    this.#counter += 1;
    const data = await this.#data(0, faults);
    const client = this.#clientData("webauthn.get", options, faults);
    const hash = new Uint8Array(
      await crypto.subtle.digest("SHA-256", Uint8Array.from(base64url.decode(client))),
    );
    const raw = await crypto.subtle.sign(
      { name: "ECDSA", hash: "SHA-256" },
      this.#keys.privateKey,
      join(data, hash),
    );
    const id = faults.id ?? this.id;
    return {
      id,
      rawId: id,
      type: "public-key",
      clientExtensionResults: {},
      response: {
        clientDataJSON: client,
        authenticatorData: base64url.encode(data),
        signature: base64url.encode(der(new Uint8Array(raw))),
      },
    };
  }

  #clientData(type: string, { challenge }: { challenge: string }, faults: Faults): string {
    const origin = faults.origin ?? `https://${this.#host}`;
    const text = JSON.stringify({
      type,
      challenge: faults.challenge ?? challenge,
      origin,
      crossOrigin: false,
    });
    return base64url.encode(new TextEncoder().encode(text));
  }

  /** Authenticator data: hash of the host, flags (user present, user verified), counter. */
  async #data(flags: number, { withoutUser }: Faults): Promise<Uint8Array> {
    const host = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(this.#host)));
    const counter = new DataView(new ArrayBuffer(4));
    counter.setUint32(0, this.#counter);
    return join(host, Uint8Array.of(flags | 0x01 | (withoutUser ? 0 : 0x04)), new Uint8Array(counter.buffer));
  }
}

/** A map as CBOR (RFC 8949) writes it; a value that is CBOR already is a map here. */
function cborMap(entries: [number | string, number | string | Uint8Array][]): Uint8Array {
  return join(Uint8Array.of(0xa0 | entries.length), ...entries.flat().map(cbor));
}

function cbor(value: number | string | Uint8Array): Uint8Array {
  if (typeof value === "number") return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === "string") return join(head(3, value.length), new TextEncoder().encode(value));
  // The empty map stands for itself.
  if (value.length === 1 && value[0] === 0xa0) return value;
  return join(head(2, value.length), value);
}

function head(type: number, length: number): Uint8Array {
  if (length < 24) return Uint8Array.of((type << 5) | length);
  if (length < 256) return Uint8Array.of((type << 5) | 24, length);
  return Uint8Array.of((type << 5) | 25, length >> 8, length & 255);
}

/** An ECDSA signature as ASN.1 has it: two integers. */
function der(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    const first = bytes.findIndex((byte) => byte !== 0);
    const short = bytes.slice(first);
    const positive = (short[0] ?? 0) > 127 ? join(Uint8Array.of(0), short) : short;
    return join(Uint8Array.of(2, positive.length), positive);
  };
  const both = join(integer(raw.slice(0, 32)), integer(raw.slice(32)));
  return join(Uint8Array.of(0x30, both.length), both);
}

function join(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    all.set(part, offset);
    offset += part.length;
  }
  return all;
}
