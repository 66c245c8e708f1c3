// What the shades of the text stand for.
import { html } from "../html.js";
import { t } from "../language/language.js";

export function Legend({ unit }) {
  const [low, high, kinds] =
    unit === null
      ? [t("legend.expected"), t("legend.surprise"), [0, 1, 2, 3, 4, 5, 6, 7, 8].map((i) => `shade-${i}`)]
      : [t("legend.minus"), t("legend.plus"), [-8, -6, -4, -2, 0, 2, 4, 6, 8].map((i) => `${i < 0 ? "minus" : "plus"}-${Math.abs(i)}`)];
  return html`
    <p class="legend">
      ${unit !== null && html`<span>${t("units.unit", { unit: unit + 1 })}: </span>`}
      <span>${low}</span>
      <span class="swatches" aria-hidden="true">${kinds.map((kind) => html`<span class=${kind}></span>`)}</span>
      <span>${high}</span>
    </p>
  `;
}
