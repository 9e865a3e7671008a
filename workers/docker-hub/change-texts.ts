import { z } from "zod";
import { requireRepository, type Principal } from "../auth/index.ts";
import { changeProfile, readReadme, removeReadme, writeReadme } from "../hub/index.ts";
import { check } from "../platform/validate.ts";
import { HubError } from "../shared/errors.ts";
import type { DockerHubContext } from "./context.ts";

/** The texts of a repository. Clients send more, such as `registry`, which says nothing here. */
const texts = z.object({
  description: z.string().optional(),
  full_description: z.string().optional(),
});

/**
 * Changes the description and the README, whichever is there.
 *
 * @param body JSON that a client sent
 * @throws HubError `invalid`, `too-large`; `not-found`, `denied` to who may not change them.
 */
export async function changeTexts(
  { hub }: DockerHubContext,
  principal: Principal,
  name: string,
  body: unknown,
): Promise<void> {
  const { description, full_description: readme } = check("body", texts, body);
  if (description === undefined && readme === undefined)
    throw new HubError(
      "invalid",
      "the body has neither a description nor a full_description; nothing else can be changed here",
    );
  // An empty one is how clients say that there is to be none.
  if (readme !== undefined && readme.trim() !== "") await writeReadme(hub, principal, name, readme);
  else if (readme !== undefined) await removeIfThere(hub, principal, name);
  if (description !== undefined) await changeProfile(hub, principal, name, { description });
}

async function removeIfThere(
  hub: DockerHubContext["hub"],
  principal: Principal,
  name: string,
): Promise<void> {
  const found = await requireRepository(hub.auth, principal, name, "metadata");
  if (await readReadme(hub, found)) await removeReadme(hub, principal, name);
}
