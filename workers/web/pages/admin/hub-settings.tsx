import { z } from "zod";
import { requireSudo, signUpModes } from "../../../accounts/index.ts";
import { changeHubSettings, readHubSettings } from "../../../hub/index.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Field, Select, TextArea } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";
import { PartHeading } from "../organizations/head.tsx";
import { Admin } from "./frame.tsx";

const here = "/admin/settings";

const modeWords = {
  open: "Everybody",
  invitation: "Whoever is invited to an organization",
  closed: "Nobody: administrators make the accounts",
} as const;

export const hubSettingsPage = page({
  path: "/admin/settings",
  who: "administrator",
  title: "Settings of the hub",
  load: ({ services }) => readHubSettings(services.hub),
  forms: {
    face: {
      fields: z.strictObject({
        name: fields.text(100),
        announcement: z.string().max(1000),
        announcementUrl: z.string().max(1000),
      }),
      run: async ({ services, actor }, wanted) => {
        const announcementUrl = wanted.announcementUrl.trim();
        await changeHubSettings(services.hub, actor, { ...wanted, announcementUrl });
        return new GoTo(here, { saying: "Every page says so within some seconds." });
      },
    },
    signUp: {
      fields: z.strictObject({ signUp: z.enum(signUpModes) }),
      run: async ({ services, session, actor }, wanted) => {
        requireSudo(services.accounts, session);
        await changeHubSettings(services.hub, actor, wanted);
        return new GoTo(here, { saying: "Who may make an account is changed." });
      },
    },
    images: {
      fields: z.strictObject({ readmeImageHosts: z.string().max(20_000) }),
      run: async ({ services, session, actor }, wanted) => {
        requireSudo(services.accounts, session);
        const readmeImageHosts = [...new Set(wanted.readmeImageHosts.split(/\s+/).filter(Boolean))];
        await changeHubSettings(services.hub, actor, { readmeImageHosts });
        return new GoTo(here, { saying: "Where images of READMEs may come from is changed." });
      },
    },
  },
  view: ({ data: settings, form, services }) => {
    const operator = services.accounts.settings.signUp;
    return (
      <Admin current={here}>
        <PartHeading title="Settings of the hub" />
        <div class="columns">
          <Section title="Name and announcement">
            <Form form={form("face")} submit="Save the name and the announcement">
              <Field
                form={form("face")}
                name="name"
                label="What the hub is called"
                value={settings.name}
                maxlength={40}
              />
              <Field
                form={form("face")}
                name="announcement"
                label="Announcement"
                hint="A line on top of every page; empty: none."
                value={settings.announcement}
                maxlength={300}
                optional
              />
              <Field
                form={form("face")}
                name="announcementUrl"
                label="Where it leads"
                hint="An address that begins with https:// or /."
                value={settings.announcementUrl}
                maxlength={1000}
                optional
                exact
              />
            </Form>
          </Section>
          <div>
            <Section title="Who may make an account">
              {operator !== "open" && (
                <p class="muted">
                  The operator allows no more than “{modeWords[operator]}” (SIGN_UP); here it can only be
                  narrowed.
                </p>
              )}
              <Form form={form("signUp")} submit="Save who may make an account">
                <Select
                  form={form("signUp")}
                  name="signUp"
                  label="Who"
                  value={settings.signUp}
                  options={signUpModes.map((value) => ({ value, label: modeWords[value] }))}
                />
              </Form>
            </Section>
            <Section title="Images of READMEs">
              <p>
                The hub fetches them for its readers, from these hosts and from no others. From elsewhere they
                become links.
              </p>
              <Form form={form("images")} submit="Save the hosts">
                <TextArea
                  form={form("images")}
                  name="readmeImageHosts"
                  label="Hosts, one on each line"
                  placeholder="img.shields.io"
                  value={settings.readmeImageHosts.join("\n")}
                  optional
                />
              </Form>
            </Section>
          </div>
        </div>
      </Admin>
    );
  },
});
