import { z } from "zod";
import { HubError } from "../shared/errors.ts";
import { maximumUserNameLength } from "./namespace-names.ts";
import type { TokenOwner } from "./token-owner.ts";

const namespace = z.string().min(1).max(maximumUserNameLength);

/** Fields that say whose tokens, or rules for CI, are meant: one's own without either. */
export const ownerFields = { user: namespace.optional(), organization: namespace.optional() };

/** @throws HubError `invalid` when both are given. */
export function ownerOf({
  user,
  organization,
}: {
  user?: string | undefined;
  organization?: string | undefined;
}): TokenOwner {
  if (organization === undefined) return user === undefined ? {} : { user };
  if (user === undefined) return { organization };
  throw new HubError("invalid", "give `user` or `organization`, not both: there is one owner");
}
