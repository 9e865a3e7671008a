import { Icon } from "./icon.tsx";

/**
 * The search box of every page: a form without scripts; client/search-box.ts suggests what could be meant.
 *
 * @param large the first thing on the page, rather than in its top
 */
export function SearchBox({ value, large }: { value: string; large?: boolean }) {
  return (
    <search-box class={large ? "large" : undefined}>
      <form action="/search" role="search" aria-label="Images">
        <label class="unseen" for="search">
          Search images
        </label>
        <Icon name="search" />
        <input
          type="search"
          id="search"
          name="q"
          value={value}
          maxlength={200}
          placeholder="Search images"
          autocomplete="off"
          autocapitalize="off"
          spellcheck={false}
          enterkeyhint="search"
        />
        {large && <button>Search</button>}
        <kbd aria-hidden="true">/</kbd>
      </form>
    </search-box>
  );
}
