import { completed, SuggestionList, type Suggestion } from "./suggestion-list.ts";

/** How long somebody has to pause before they are asked for, in milliseconds. */
const pause = 100;

/**
 * Suggests repositories below a search field (ARIA Authoring Practices, combobox with a list of links to choose from). The form stays what
 * it is: Enter without a choice searches. `/` anywhere on the page leads here.
 */
export class SearchBox extends HTMLElement {
  #input: HTMLInputElement | null = null;
  readonly #list = new SuggestionList("search-suggestions");
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking: AbortController | undefined;
  readonly #known = new Map<string, Suggestion[]>();

  connectedCallback(): void {
    const input = this.querySelector("input");
    if (!input) return;
    this.#input = input;
    for (const [name, value] of Object.entries({
      role: "combobox",
      "aria-expanded": "false",
      "aria-controls": this.#list.element.id,
      "aria-autocomplete": "list",
      "aria-haspopup": "listbox",
    }))
      input.setAttribute(name, value);
    this.append(this.#list.element, this.#list.said);
    input.addEventListener("input", () => this.#later());
    input.addEventListener("focus", () => this.#later());
    input.addEventListener("keydown", (event) => this.#press(event));
    input.addEventListener("blur", () => this.#close());
    document.addEventListener("keydown", leadHere);
  }

  disconnectedCallback(): void {
    document.removeEventListener("keydown", leadHere);
    this.#stop();
  }

  #later(): void {
    this.#stop();
    const text = this.#input?.value.trim() ?? "";
    if (text === "") return this.#close();
    const known = this.#known.get(text);
    if (known) return this.#show(text, known);
    this.#timer = setTimeout(() => void this.#ask(text), pause);
  }

  /** What was asked for before is of no use any more. */
  #stop(): void {
    clearTimeout(this.#timer);
    this.#asking?.abort();
  }

  async #ask(text: string): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    try {
      const query = new URLSearchParams({ q: text });
      const answer = await fetch(`/api/v1/search/suggestions?${query}`, { signal: asking.signal });
      if (!answer.ok) return;
      const { suggestions } = (await answer.json()) as { suggestions: Suggestion[] };
      this.#known.set(text, suggestions);
      // Who has gone on in the meantime wants none to come up.
      if (document.activeElement === this.#input) this.#show(text, suggestions);
    } catch {
      // Aborted, or no way to the hub: the form works without.
    }
  }

  #show(text: string, suggestions: Suggestion[]): void {
    this.#list.show(text, suggestions);
    this.#mark();
  }

  #close(): void {
    this.#stop();
    this.#list.hide();
    this.#mark();
  }

  #press(event: KeyboardEvent): void {
    const list = this.#list;
    if (event.isComposing) return;
    if (event.key === "Escape" && list.open) this.#close();
    else if (event.key === "ArrowDown" && list.open) list.move(1);
    else if (event.key === "ArrowUp" && list.open) list.move(-1);
    else if (event.key === "ArrowDown") return this.#later();
    else if (event.key === "Enter" && list.chosen) list.chosen.click();
    else if (event.key === "Tab" && this.#input && list.chosen) {
      this.#input.value = completed(list.chosen);
      return this.#close();
    } else return;
    event.preventDefault();
    this.#mark();
  }

  /** Says to screen readers what is open, and which of it is chosen. */
  #mark(): void {
    this.#input?.setAttribute("aria-expanded", String(this.#list.open));
    const chosen = this.#list.chosen?.id;
    if (chosen === undefined) this.#input?.removeAttribute("aria-activedescendant");
    else this.#input?.setAttribute("aria-activedescendant", chosen);
  }
}

/** `/` goes to the search field, unless somebody is writing. */
function leadHere(event: KeyboardEvent): void {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = event.target;
  if (at instanceof HTMLElement && (at.isContentEditable || at.closest("input, textarea, select"))) return;
  const input = document.querySelector<HTMLInputElement>("search-box input");
  if (!input) return;
  event.preventDefault();
  input.focus();
  input.select();
}
