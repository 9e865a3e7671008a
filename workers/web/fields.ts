import { z } from "zod";

/** Something that has to be typed. What is right is decided by the noun function; this keeps the size within reason. */
export function text(maximum = 300): z.ZodString {
  return z.string().min(1).max(maximum);
}

/** Something that may stay empty, which is then undefined. */
export function optionalText(maximum = 300) {
  return z
    .string()
    .max(maximum)
    .optional()
    .transform((value) => value || undefined);
}

/** A path to go on to, which comes from the address bar: `nextPath` says where it leads. */
export const next = z.string().max(2000).optional();

/** What a passkey answered, as JSON in a hidden field; its content is verified by the noun function. */
export const passkeyResponse = z
  .string()
  .max(30_000)
  .transform((value, context): unknown => {
    try {
      return JSON.parse(value);
    } catch {
      context.addIssue({ code: "custom", message: "the passkey's answer cannot be read; try again" });
      return z.NEVER;
    }
  })
  .pipe(z.looseObject({ id: z.string(), rawId: z.string(), type: z.string(), response: z.looseObject({}) }));
