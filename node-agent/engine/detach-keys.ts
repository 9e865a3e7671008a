import { Transform } from "node:stream";
import { HubError } from "#shared/errors";

const usual = "ctrl-p,ctrl-q";

/**
 * The bytes of `ctrl-p,ctrl-q` or `a,ctrl-x`.
 *
 * @throws HubError `invalid`.
 */
export function parseDetachKeys(text: string | null): readonly number[] {
  return (text || usual).split(",").map((key) => {
    const control = /^ctrl-([a-z@[\\\]^_])$/i.exec(key)?.[1];
    if (control !== undefined) return control.toUpperCase().charCodeAt(0) - 64;
    if (key.length === 1 && key.charCodeAt(0) < 128) return key.charCodeAt(0);
    throw new HubError(
      "invalid",
      `invalid detach keys (${text?.slice(0, 50)}): unknown character: '${key.slice(0, 20)}'`,
    );
  });
}

/** Passes on what is typed, until the keys come: then `detached` is called, and nothing comes any more. */
export function detachable(keys: readonly number[], detached: () => void): Transform {
  let seen = 0;
  let over = false;
  return new Transform({
    transform(piece: Buffer, _, done) {
      const passed: number[] = [];
      for (const byte of piece) {
        if (over) break;
        if (byte === keys[seen]) {
          seen += 1;
          over = seen === keys.length;
          continue;
        }
        // What looked like the beginning was typed.
        passed.push(...keys.slice(0, seen));
        seen = byte === keys[0] ? 1 : 0;
        if (seen === 0) passed.push(byte);
      }
      if (over) detached();
      done(null, Buffer.from(passed));
    },
  });
}
