// What stands for a job that the page has no place for: where the API answers for it.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function Elsewhere({ model }) {
  return html`
    <p>${t("elsewhere")}</p>
    <p><code>POST /v1/runs/${model.id}/describe</code></p>
  `;
}
