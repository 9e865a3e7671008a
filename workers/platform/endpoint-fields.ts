import { z } from "zod";

/** A time in an answer: milliseconds since 1970 in, ISO 8601 in UTC out. */
export const timeField = z.codec(z.int(), z.iso.datetime(), {
  decode: (milliseconds) => new Date(milliseconds).toISOString(),
  encode: (text) => Date.parse(text),
});

/** A time that a client sends, ISO 8601 with its offset: milliseconds since 1970 for whoever reads it. */
export const timeInput = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
