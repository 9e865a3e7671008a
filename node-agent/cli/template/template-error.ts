import { CommandError } from "../command-error.ts";

/** A template that cannot be read, or that does not fit what it is given. */
export class TemplateError extends CommandError {
  override name = "TemplateError";
}
