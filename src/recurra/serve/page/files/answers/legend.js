// What the shades of reasons stand for.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function ReasonsLegend({ isNumber }) {
  const kinds = [-6, -4, -2, 0, 2, 4, 6].map((i) => `${i < 0 ? "minus" : "plus"}-${Math.abs(i)}`);
  return html`
    <p class="legend">
      <span>${t(isNumber ? "reasons.legend.down" : "reasons.legend.against")}</span>
      <span class="swatches" aria-hidden="true">${kinds.map((kind) => html`<span class=${kind}></span>`)}</span>
      <span>${t(isNumber ? "reasons.legend.up" : "reasons.legend.for")}</span>
    </p>
  `;
}
