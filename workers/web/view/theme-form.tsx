import { formField } from "../form-state.ts";
import { themes, type Theme } from "../theme.ts";
import { Icon } from "./icon.tsx";

const words = { system: "As the system", light: "Light", dark: "Dark" } as const;

/** Chooses how the pages look: three buttons of a form, which leads back to where it was sent from. */
export function ThemeForm({ theme, url }: { theme: Theme; url: URL }) {
  return (
    <form class="theme" method="post" action="/appearance">
      <fieldset>
        <legend class="unseen">Colours</legend>
        <input type="hidden" name={formField} value="choose" />
        <input type="hidden" name="next" value={url.pathname + url.search} />
        {themes.map((each) => (
          <button
            name="theme"
            value={each}
            class="theme-choice"
            aria-pressed={each === theme ? "true" : "false"}
            aria-label={`Colours: ${words[each].toLowerCase()}`}
            title={words[each]}
          >
            <Icon name={each} />
          </button>
        ))}
      </fieldset>
    </form>
  );
}
