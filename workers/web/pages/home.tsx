import { z } from "zod";
import { readSignUpMode } from "../../accounts/index.ts";
import { listVersion } from "../../hub/index.ts";
import { page } from "../page.ts";
import { readDashboard, Dashboard } from "./catalog/dashboard.tsx";
import { invitationForms } from "./catalog/my-invitations.tsx";
import { FrontPage, readFrontPage } from "./catalog/front-page.tsx";

/** The start page: what there is, for who has not signed in; what they work on, for who has. */
export const homePage = page({
  path: "/",
  who: "anybody",
  query: z.strictObject({}),
  cache: ({ services }) => listVersion(services.hub),
  load: async ({ services, session }) =>
    session
      ? { dashboard: await readDashboard(services, session.user) }
      : {
          front: await readFrontPage(services),
          mayJoin: (await readSignUpMode(services.accounts)) === "open",
        },
  title: (data) => ("dashboard" in data ? "Start" : "Container images, from ship to shore"),
  description:
    "Find container images, see what is inside them, and copy the command that runs them. A registry and hub for any client.",
  forms: invitationForms,
  view: ({ data, form, session, visit, now }) => {
    const { host } = new URL(visit.origin);
    if (data.dashboard && session)
      return <Dashboard {...data.dashboard} session={session} host={host} form={form} now={now} />;
    return data.front ? <FrontPage {...data.front} host={host} mayJoin={data.mayJoin} now={now} /> : null;
  },
});
