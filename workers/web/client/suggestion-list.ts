/** A repository, as /api/v1/search/suggestions gives it. */
export interface Suggestion {
  name: string;
  description: string;
  badge: "official" | "verified" | null;
  visibility: string;
  deprecated: boolean;
}

const words = { official: "Official", verified: "Verified" } as const;

/** The list below a search field: repositories to go to, of which one may be chosen. */
export class SuggestionList {
  readonly element = document.createElement("ul");
  /** Read aloud when it changes. */
  readonly said = document.createElement("span");
  #chosen = -1;

  constructor(id: string) {
    this.element.id = id;
    this.element.className = "suggestions";
    this.element.role = "listbox";
    this.element.ariaLabel = "Suggestions";
    this.element.hidden = true;
    this.said.className = "unseen";
    this.said.role = "status";
    // A press on one of them does not take the focus from the field, which would close the list before it is released.
    this.element.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get open(): boolean {
    return !this.element.hidden;
  }

  get chosen(): HTMLElement | undefined {
    const option = this.element.children[this.#chosen];
    return option instanceof HTMLElement ? option : undefined;
  }

  show(text: string, suggestions: readonly Suggestion[]): void {
    this.#chosen = -1;
    this.element.replaceChildren(...suggestions.map((each, index) => this.#option(each, index)));
    this.element.hidden = suggestions.length === 0;
    const number = suggestions.length === 1 ? "1 suggestion" : `${suggestions.length} suggestions`;
    this.said.textContent = `${number} for ${text}`;
  }

  hide(): void {
    this.#chosen = -1;
    this.element.hidden = true;
    this.said.textContent = "";
  }

  /** Chooses the next one or the one before; beyond the ends none, which is the text as typed. */
  move(by: 1 | -1): void {
    const places = this.element.children.length + 1;
    this.#chosen = ((this.#chosen + 1 + by + places) % places) - 1;
    for (const [index, option] of Array.from(this.element.children).entries())
      option.setAttribute("aria-selected", String(index === this.#chosen));
    this.chosen?.scrollIntoView({ block: "nearest" });
  }

  #option({ name, description, badge, visibility, deprecated }: Suggestion, index: number): HTMLElement {
    const option = document.createElement("li");
    option.id = `${this.element.id}-${index}`;
    option.role = "option";
    option.ariaSelected = "false";
    option.dataset["name"] = name;
    option.append(textIn("b", name));
    const remark = deprecated
      ? "Deprecated"
      : badge
        ? words[badge]
        : visibility === "private"
          ? "Private"
          : "";
    if (remark !== "") option.append(textIn("span", remark));
    if (description !== "") option.append(textIn("small", description));
    option.addEventListener("click", () => location.assign(`/r/${name}`));
    return option;
  }
}

/** The name that a suggestion completes to. */
export function completed(option: HTMLElement): string {
  return option.dataset["name"] ?? "";
}

function textIn(tag: "b" | "span" | "small", text: string): HTMLElement {
  const element = document.createElement(tag);
  element.textContent = text;
  return element;
}
