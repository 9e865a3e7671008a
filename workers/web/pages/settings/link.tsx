import { z } from "zod";
import { startProvider } from "../../../accounts/index.ts";
import { GoTo, page } from "../../page.ts";

/** Sends the browser to a provider, to link an account there. It comes back to /sign-in/:provider/callback. */
export const linkPage = page({
  path: "/settings/link/:provider",
  who: "sudo",
  params: z.strictObject({ provider: z.string() }),
  title: "Link an account",
  load: async ({ services, visit, session, params }) => {
    const purpose = { kind: "link", session } as const;
    const { location, cookies } = await startProvider(services.accounts, visit, params.provider, purpose);
    return new GoTo(location, { cookies });
  },
  view: () => null,
});
