export { accountEndpoints } from "./account-endpoints.ts";
export { addressToVerify, changeEmail, sendVerification, verifyEmail } from "./email.ts";
export { changePassword } from "./change-password.ts";
export { claimAccount } from "./claim.ts";
export { confirmationMethods, confirmWithCode, confirmWithPassword } from "./confirm.ts";
export { createAccounts, type AccountsContext } from "./context.ts";
export { cookiesFor, cookiesOfSignOut } from "./cookies.ts";
export { deleteAccount } from "./deletion.ts";
export { exportAccount } from "./export.ts";
export { unlinkIdentity } from "./identities.ts";
export { runMailJob, type MailJob } from "./mail-jobs.ts";
export { listOutbox } from "./outbox.ts";
export {
  confirmWithPasskey,
  finishPasskeySignIn,
  startPasskeyConfirmation,
  startPasskeySignIn,
} from "./passkey-sign-in.ts";
export { addPasskey, removePasskey, renamePasskey, startPasskey } from "./passkeys.ts";
export {
  createWithProvider,
  finishProvider,
  startProvider,
  type ProviderPurpose,
} from "./provider-sign-in.ts";
export { requestReset, resetPassword } from "./reset.ts";
export { type SecondFactor } from "./second-factor.ts";
export {
  confirmTotp,
  removeTotp,
  renewRecoveryCodes,
  securityOf,
  startTotp,
  type Security,
} from "./security.ts";
export { listSessions, revokeOtherSessions, revokeSession } from "./session-list.ts";
export { currentSession, hasSudo, requireSudo, signOut, type Opened, type Session } from "./sessions.ts";
export { finishWithCode, signIn } from "./sign-in.ts";
export { signUp } from "./sign-up.ts";
export { readSignUpMode } from "./sign-up-mode.ts";
export { signUpModes, type SignUpMode } from "./settings.ts";
export { tidyAccounts } from "./tidy.ts";
export { visitOf, type Visit } from "./visit.ts";
