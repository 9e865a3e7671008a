import { z } from "zod";
import type { Principal } from "../../../auth/index.ts";
import { changeProfile, type HubContext, type Profile } from "../../../hub/index.ts";
import { categories } from "../../../shared/categories.ts";
import * as fields from "../../fields.ts";
import { checkbox, type FormState } from "../../form-state.ts";
import { Checkbox, Field, FieldGroup } from "../../view/field.tsx";
import { Form } from "../../view/form.tsx";
import { Section } from "../../view/heading.tsx";

/** Room for what is too long, so that the noun function says by how much. */
export const profileFields = z.strictObject({
  description: fields.optionalText(1000),
  source_url: fields.optionalText(1000),
  licenses: fields.optionalText(1000),
  categories: z.array(z.string().max(100)).max(50),
  deprecated: checkbox,
  successor: fields.optionalText(),
  shown_successor: fields.optionalText(),
});

/** Takes over what was typed. @throws HubError as `changeProfile`. */
export async function saveProfile(
  hub: HubContext,
  actor: Principal,
  name: string,
  { source_url, shown_successor, successor, ...values }: z.output<typeof profileFields>,
): Promise<void> {
  await changeProfile(hub, actor, name, {
    description: values.description ?? "",
    sourceUrl: source_url ?? null,
    licenses: values.licenses ?? null,
    categories: values.categories,
    deprecated: values.deprecated,
    // One that this person may not read was not shown, and stays.
    ...(successor === shown_successor ? {} : { successor: successor ?? null }),
  });
}

export function ProfileForm({ form, profile }: { form: FormState; profile: Profile }) {
  const successor = profile.deprecated?.successor ?? "";
  return (
    <Section title="What it is">
      <div class="editor">
        <Form form={form} submit="Save what it is" hidden={{ shown_successor: successor }}>
          <Field
            form={form}
            name="description"
            label="Description"
            optional
            value={profile.description}
            maxlength={200}
            hint="One line, for lists and search. What is left empty here is taken from the image, where it says it."
          />
          <Field
            form={form}
            name="source_url"
            label="Source"
            optional
            exact
            value={profile.sourceUrl ?? ""}
            hint="Address of the git repository. Relative links of the README lead there."
          />
          <Field
            form={form}
            name="licenses"
            label="Licences"
            optional
            exact
            value={profile.licenses ?? ""}
            hint="Such as MIT OR Apache-2.0."
          />
          <FieldGroup legend="Categories, three at most">
            <div class="many-ticks">
              {categories.map(({ slug, label }) => (
                <Checkbox
                  form={form}
                  name="categories"
                  value={slug}
                  label={label}
                  checked={profile.categories.includes(slug)}
                />
              ))}
            </div>
          </FieldGroup>
          <FieldGroup legend="End of its life">
            <Checkbox
              form={form}
              name="deprecated"
              label="It is deprecated: nobody keeps it up"
              checked={profile.deprecated !== null}
            />
            <Field
              form={form}
              name="successor"
              label="Repository to use in its place"
              optional
              exact
              value={successor}
            />
          </FieldGroup>
        </Form>
      </div>
    </Section>
  );
}
