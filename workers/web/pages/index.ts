import type { Page } from "../page.ts";
import { appearancePage } from "./appearance.tsx";
import { adminPages } from "./admin/index.ts";
import { auditPages } from "./audit/log-pages.tsx";
import { categoryPage } from "./catalog/category.tsx";
import { explorePage } from "./catalog/explore.tsx";
import { myStarsPage } from "./catalog/my-stars.tsx";
import { namespacePage } from "./catalog/namespace.tsx";
import { searchPage } from "./catalog/search.tsx";
import { homePage } from "./home.tsx";
import { organizationPages } from "./organizations/index.ts";
import { outboxPage } from "./outbox.tsx";
import { repositoryPages } from "./repositories/index.ts";
import { accountPage } from "./settings/account.tsx";
import { authenticatorPage } from "./settings/authenticator.tsx";
import { emailPage } from "./settings/email.tsx";
import { deleteAccountPage, exportPage } from "./settings/leave.tsx";
import { linkPage } from "./settings/link.tsx";
import { newPasskeyPage, passkeyPage } from "./settings/passkeys.tsx";
import { passwordPage } from "./settings/password.tsx";
import { recoveryCodesPage } from "./settings/recovery-codes.tsx";
import { securityPage } from "./settings/security.tsx";
import { sessionsPage } from "./settings/sessions.tsx";
import { confirmPage } from "./sign-in/confirm.tsx";
import { passkeySignInPage } from "./sign-in/passkey.tsx";
import { chooseNamePage, providerCallbackPage, providerPage } from "./sign-in/provider.tsx";
import { forgottenPage, resetPage } from "./sign-in/reset.tsx";
import { secondFactorPage } from "./sign-in/second-factor.tsx";
import { signInPage } from "./sign-in/sign-in.tsx";
import { signOutPage } from "./sign-in/sign-out.tsx";
import { signUpPage } from "./sign-in/sign-up.tsx";
import { verifyPage } from "./sign-in/verify.tsx";
import { welcomePage } from "./sign-in/welcome.tsx";
import { tokenPages } from "./tokens/index.ts";

/** Every page there is. Of two that fit an address the first answers. */
export const pages: readonly Page[] = [
  homePage,
  appearancePage,
  explorePage,
  searchPage,
  categoryPage,
  namespacePage,
  myStarsPage,
  signInPage,
  secondFactorPage,
  passkeySignInPage,
  chooseNamePage,
  providerPage,
  providerCallbackPage,
  signUpPage,
  verifyPage,
  forgottenPage,
  resetPage,
  welcomePage,
  confirmPage,
  signOutPage,
  accountPage,
  emailPage,
  passwordPage,
  securityPage,
  authenticatorPage,
  recoveryCodesPage,
  newPasskeyPage,
  passkeyPage,
  linkPage,
  sessionsPage,
  exportPage,
  deleteAccountPage,
  outboxPage,
  ...adminPages,
  ...tokenPages,
  ...organizationPages,
  ...repositoryPages,
  ...auditPages,
];
