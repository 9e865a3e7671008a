/**
 * A form whose hidden field `response` is what a passkey answers. Its button asks the browser for one; what the browser says goes to the
 * hub as the form. Attributes: `mode` (create or get) and `options`, as the hub gives them (WebAuthn, section 5.1.8).
 */
export class PasskeyForm extends HTMLElement {
  connectedCallback(): void {
    const form = this.querySelector("form");
    if (!form) return;
    form.addEventListener("submit", (event) => {
      const field = form.elements.namedItem("response");
      if (!(field instanceof HTMLInputElement) || field.value !== "") return;
      event.preventDefault();
      void this.#answer(form, field);
    });
  }

  async #answer(form: HTMLFormElement, field: HTMLInputElement): Promise<void> {
    try {
      const credential = await this.#ask();
      field.value = JSON.stringify(credential.toJSON());
      form.submit();
    } catch (error) {
      this.#say(describe(error));
    }
  }

  async #ask(): Promise<PublicKeyCredential> {
    const options: unknown = JSON.parse(this.getAttribute("options") ?? "{}");
    const credential =
      this.getAttribute("mode") === "create"
        ? await navigator.credentials.create({
            publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(
              options as PublicKeyCredentialCreationOptionsJSON,
            ),
          })
        : await navigator.credentials.get({
            publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(
              options as PublicKeyCredentialRequestOptionsJSON,
            ),
          });
    if (!(credential instanceof PublicKeyCredential)) throw new Error("no passkey was given");
    return credential;
  }

  #say(text: string): void {
    const said = this.querySelector("[data-said]") ?? document.createElement("p");
    said.setAttribute("data-said", "");
    said.className = "problem";
    said.role = "alert";
    said.textContent = text;
    this.append(said);
  }
}

function describe(error: unknown): string {
  if (!("PublicKeyCredential" in window))
    return "This browser has no passkeys here: they need HTTPS, or an address of localhost.";
  if (error instanceof DOMException && error.name === "InvalidStateError")
    return "This device has a passkey of yours for this hub already.";
  if (error instanceof DOMException && error.name === "NotAllowedError")
    return "No passkey was used: it was declined, or took too long. Try again.";
  return `No passkey was used: ${error instanceof Error ? error.message : String(error)}.`;
}
