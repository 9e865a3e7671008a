import { z } from "zod";
import { requireSudo } from "../../../accounts/index.ts";
import { deleteUser, setAdministrator } from "../../../auth/index.ts";
import { readUser } from "../../../hub/index.ts";
import { HubError } from "../../../shared/errors.ts";
import * as fields from "../../fields.ts";
import { GoTo, page } from "../../page.ts";
import { Size } from "../../view/amounts.tsx";
import { Badge } from "../../view/badge.tsx";
import { Field } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Heading, Section } from "../../view/heading.tsx";
import { Time, TimeOr } from "../../view/time.tsx";
import { adminCrumb, countedText, namespacePath, userPath, usersCrumb } from "./frame.tsx";

const params = z.strictObject({ user: z.string() });

export const userPage = page({
  path: "/admin/users/:user",
  who: "administrator",
  params,
  load: ({ services, actor, params: { user } }) => readUser(services.hub, actor, user),
  title: ({ name }) => name,
  crumbs: () => [adminCrumb, usersCrumb],
  forms: {
    administrator: {
      fields: z.strictObject({ administrator: z.enum(["yes", "no"]) }),
      run: async ({ services, session, actor, params: { user } }, { administrator }) => {
        requireSudo(services.accounts, session);
        const { name } = await setAdministrator(services.auth, actor, user, administrator === "yes");
        const saying =
          administrator === "yes"
            ? `${name} is an administrator now.`
            : `${name} is no administrator any more.`;
        return new GoTo(userPath(name), { saying });
      },
    },
    delete: {
      fields: z.strictObject({ typed: fields.text(64) }),
      run: async ({ services, session, actor, params: { user } }, { typed }) => {
        requireSudo(services.accounts, session);
        if (typed !== user)
          throw new HubError("invalid", `this is not "${user}"`, { detail: { field: "typed" } });
        await deleteUser(services.auth, actor, user);
        return new GoTo("/admin/users", { saying: `${user} is deleted.` });
      },
    },
  },
  view: ({ data: user, form, now, actor }) => (
    <>
      <Heading title={user.name} />
      {(user.administrator || user.badge) && (
        <p class="chips">
          {user.administrator && <span class="chip">Administrator</span>}{" "}
          {user.badge && <Badge badge={user.badge} />}
        </p>
      )}
      <div class="columns">
        <Section title="Account">
          <dl>
            <dt>E-mail address</dt>
            <dd>
              {user.email === null ? "none: made by an administrator" : user.email}
              {user.email !== null && !user.emailVerified && " (not verified)"}
            </dd>
            <dt>Two-factor</dt>
            <dd>{user.twoFactor ? "on" : "off"}</dd>
            <dt>Since</dt>
            <dd>
              <Time at={user.createdAt} now={now} />
            </dd>
            <dt>Seen in a browser</dt>
            <dd>
              <TimeOr at={user.seenAt} now={now} otherwise="no browser is signed in" />
            </dd>
            <dt>Repositories</dt>
            <dd>
              <a href={namespacePath(user.name)}>{countedText(user.repositories)}</a>
            </dd>
            <dt>Storage</dt>
            <dd>
              <Size bytes={user.stored} />
            </dd>
          </dl>
          {user.organizations.length > 0 && (
            <>
              <h3>Organizations</h3>
              <ul class="plain">
                {user.organizations.map(({ name, role }) => (
                  <li>
                    <a href={namespacePath(name)}>{name}</a> <span class="muted">{role}</span>
                  </li>
                ))}
              </ul>
            </>
          )}
        </Section>
        <div>
          <Section title="Administrator of the hub">
            <p>Administrators see and change everything on this hub, private repositories too.</p>
            {user.id === actor.id ? (
              <p class="muted">You cannot take this from yourself; another administrator can.</p>
            ) : (
              <Form
                form={form("administrator")}
                submit={
                  user.administrator ? `Take this from ${user.name}` : `Make ${user.name} an administrator`
                }
                hidden={{ administrator: user.administrator ? "no" : "yes" }}
                danger={user.administrator}
              />
            )}
          </Section>
          <Section title={`Delete ${user.name}`}>
            {user.id === actor.id ? (
              <p class="muted">You delete your own account in your settings.</p>
            ) : user.repositories > 0 ? (
              <p>
                {`${user.name} has ${countedText(user.repositories)} ${user.repositories === 1 ? "repository" : "repositories"}. Delete or transfer them first.`}
              </p>
            ) : (
              <>
                <p>
                  Their tokens, robots, sessions and memberships go with them. The name stays nobody's for
                  some minutes. This cannot be undone.
                </p>
                <Form form={form("delete")} submit={`Delete user ${user.name}`} danger>
                  <Field form={form("delete")} name="typed" label={`To go on, type ${user.name}`} exact />
                </Form>
              </>
            )}
          </Section>
        </div>
      </div>
    </>
  ),
});
