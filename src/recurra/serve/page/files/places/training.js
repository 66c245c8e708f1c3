// How the training went, live while it goes on.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function Training() {
  return html`<p class="quiet">${t("training.none")}</p>`;
}
