// What the colors and shades of labelled words stand for.
import { html } from "../html.js";
import { t } from "../language/language.js";
import { colorOfKind } from "./kinds.js";

const MOST = 24; // kinds that are named

export function Legend({ column }) {
  const named = column.kinds.filter((kind) => kind !== "_").slice(0, MOST);
  return html`
    <div class="tagging-legend">
      ${named.length > 0 &&
      html`<ul class="kinds" aria-label=${t("tagging.kinds")}>
        ${named.map((kind) => html`<li key=${kind} class=${`kind ${colorOfKind(column, kind)}`}>${kind}</li>`)}
        ${column.kinds.length > MOST && html`<li class="quiet">…</li>`}
      </ul>`}
      <p class="legend">
        <span>${t("tagging.sure")}</span>
        <span class="swatches" aria-hidden="true">${[0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => html`<span class=${`shade-${i}`}></span>`)}</span>
        <span>${t("tagging.unsure")}</span>
        <span class="unknown">${t("tagging.unknown")}</span>
      </p>
    </div>
  `;
}
