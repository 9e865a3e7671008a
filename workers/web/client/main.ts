import { CopyText } from "./copy-text.ts";
import { PasskeyForm } from "./passkey-form.ts";
import { RelativeTime } from "./relative-time.ts";
import { SearchBox } from "./search-box.ts";

customElements.define("copy-text", CopyText);
customElements.define("passkey-form", PasskeyForm);
customElements.define("relative-time", RelativeTime);
customElements.define("search-box", SearchBox);
