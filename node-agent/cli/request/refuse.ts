import { CommandError } from "../command-error.ts";

/** A value of a flag that cannot be what is meant. @param form how it is written. */
export function refuse(flag: string, value: string, form: string): CommandError {
  return new CommandError(`invalid argument "${value}" for "${flag}" flag: it is written ${form}`, 125);
}
