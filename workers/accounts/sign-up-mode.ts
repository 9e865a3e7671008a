import type { AccountsContext } from "./context.ts";
import { signUpModes, type SignUpMode } from "./settings.ts";

/**
 * Who may make an account now: the narrower of what the operator (SIGN_UP) and the administrators of the hub allow. So an administrator can
 * close what the operator has opened, and not the other way round.
 */
export async function readSignUpMode({ settings, signUpLimit }: AccountsContext): Promise<SignUpMode> {
  const limit = settings.signUp === "closed" ? "open" : await signUpLimit();
  return signUpModes[Math.max(signUpModes.indexOf(settings.signUp), signUpModes.indexOf(limit))] ?? "closed";
}
