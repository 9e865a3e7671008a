import { z } from "zod";
import * as fields from "../fields.ts";
import { nextPath } from "../next-path.ts";
import { GoTo, page } from "../page.ts";
import { themeCookie, themes } from "../theme.ts";
import { Heading } from "../view/heading.tsx";

/** Where the buttons at the end of every page send the choice. */
export const appearancePage = page({
  path: "/appearance",
  who: "anybody",
  title: "Appearance",
  indexed: false,
  load: () => null,
  forms: {
    choose: {
      fields: z.strictObject({ theme: z.enum(themes), next: fields.next }),
      run: ({ visit }, { theme, next }) =>
        new GoTo(nextPath(next), { cookies: [themeCookie(visit.origin, theme)] }),
    },
  },
  view: () => (
    <Heading title="Appearance">
      The buttons at the end of every page choose light or dark colours, or those of your system.
    </Heading>
  ),
});
