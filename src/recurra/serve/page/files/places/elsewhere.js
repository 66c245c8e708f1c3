// What stands for a job that the page has no place for: where it is answered.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function Elsewhere({ model }) {
  const isDescribed = model.signature !== null && model.job !== "video"; // else it takes files, or no inputs
  if (!isDescribed) return html`<p>${t("elsewhere.command")}</p>`;
  return html`
    <p>${t("elsewhere")}</p>
    <p><code>POST /v1/runs/${model.id}/describe</code></p>
  `;
}
