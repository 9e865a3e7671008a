import { repositoryActions, wideScopes } from "../../../auth/index.ts";
import type { FormState } from "../../form-state.ts";
import { Checkbox, FieldGroup, TextArea } from "../../view/field.tsx";
import type { ScopeStart } from "./scope-form.ts";
import { actionWords, wideWords } from "./scope-words.ts";

interface ScopeFieldsProps {
  form: FormState;
  start: ScopeStart;
  /** Namespace that the token stays in; undefined: it goes wherever its owner may. */
  namespace: string | undefined;
  /** Whether there is anything but repositories to tick: machines have nothing else. */
  wide: "none" | "people" | "administrators";
}

/** What a token may do: repositories by what may be done there, and the rest. */
export function ScopeFields({ form, start, namespace, wide }: ScopeFieldsProps) {
  const example = namespace ?? "acme";
  const offered = wideScopes.filter((scope) => scope !== "administration" || wide === "administrators");
  const isTicked = (each: string) => (start.ticked as readonly string[]).includes(each);
  return (
    <>
      <TextArea
        form={form}
        name="repositories"
        label="Repositories"
        rows={3}
        optional
        value={start.repositories}
        hint={
          <>
            One a line. <code>{example}/web</code> is one repository, <code>{example}/web-*</code> all that
            begin so, <code>{example}/**</code> all in {example}
            {namespace === undefined && (
              <>
                , <code>**</code> all that you have a right to
              </>
            )}
            .
          </>
        }
      />
      <FieldGroup legend="In these repositories it may">
        {repositoryActions.map((action) => (
          <Checkbox form={form} name={action} checked={isTicked(action)} {...actionWords[action]} />
        ))}
      </FieldGroup>
      {wide !== "none" && (
        <FieldGroup legend="Besides repositories it may use">
          {offered.map((scope) => (
            <Checkbox form={form} name={scope} checked={isTicked(scope)} {...wideWords[scope]} />
          ))}
        </FieldGroup>
      )}
      <details class="more" open={form.values.get("more")?.some(Boolean) || Boolean(start.more)}>
        <summary>Different rights in different repositories</summary>
        <TextArea
          form={form}
          name="more"
          label="Further scopes"
          rows={3}
          optional
          value={start.more ?? ""}
          hint={
            <>
              One a line, such as <code>repository:{example}/web-*:pull,push</code>.
            </>
          }
        />
      </details>
    </>
  );
}

/** Scopes as a list to read. */
export function ScopeList({
  scopes,
  describe,
}: {
  scopes: readonly string[];
  describe: (scope: string) => string;
}) {
  return (
    <ul class="plain">
      {scopes.map((scope) => (
        <li title={scope}>{describe(scope)}</li>
      ))}
    </ul>
  );
}
