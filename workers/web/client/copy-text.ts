/** Puts a button beside a text, which copies it. */
export class CopyText extends HTMLElement {
  connectedCallback(): void {
    const text = this.querySelector("code")?.textContent;
    if (!text || this.querySelector("button") || !("clipboard" in navigator)) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = "Copy";
    const said = document.createElement("span");
    said.className = "unseen";
    said.role = "status";
    button.addEventListener("click", () => void copy(text, button, said));
    this.append(button, said);
  }
}

/** The words come back, so that the button says what it does when it is pressed again. */
const wordsStay = 2000;

async function copy(text: string, button: HTMLButtonElement, said: HTMLElement): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    said.textContent = "Copied";
  } catch {
    button.textContent = "Failed";
    said.textContent = "The browser does not allow copying";
  }
  setTimeout(() => {
    button.textContent = "Copy";
    said.textContent = "";
  }, wordsStay);
}
