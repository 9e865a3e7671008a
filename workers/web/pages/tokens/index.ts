import { ciRulePagesOfAll } from "./ci-rule.tsx";
import { ciRuleListPages } from "./ci-rules.tsx";
import { devicePage, deviceRequestPage } from "./device.tsx";
import { tokenListPages } from "./token-lists.tsx";
import { tokenPage } from "./token.tsx";

/** Everything that machines sign in with. */
export const tokenPages = [
  ...tokenListPages,
  tokenPage,
  ...ciRuleListPages,
  ...ciRulePagesOfAll,
  devicePage,
  deviceRequestPage,
];
