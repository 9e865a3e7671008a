import { z } from "zod";
import { cookiesOfSignOut, signOut } from "../../../accounts/index.ts";
import { GoTo, page } from "../../page.ts";
import { Form } from "../../view/form.tsx";
import { Heading } from "../../view/heading.tsx";

export const signOutPage = page({
  path: "/sign-out",
  who: "user",
  title: "Sign out",
  load: () => undefined,
  forms: {
    signOut: {
      fields: z.strictObject({}),
      run: async ({ services, visit, session }) => {
        await signOut(services.accounts, session);
        return new GoTo("/sign-in", { cookies: cookiesOfSignOut(visit), saying: "You are signed out." });
      },
    },
  },
  view: ({ form }) => (
    <div class="narrow wide">
      <Heading title="Sign out" />
      <Form form={form("signOut")} submit="Sign out of this browser" />
    </div>
  ),
});
