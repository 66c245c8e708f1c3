// How much each number of a picture speaks for a class, or makes a number larger: a cell a number, as it was painted.
import { html } from "../html.js";
import { t } from "../language/language.js";
import { shownNumber } from "./form.js";
import { ReasonsLegend } from "./legend.js";
import { mostOf } from "./most_of.js";

const LARGEST = 0.85; // opacity of the strongest

/** Args: why: of `/attributions`, with "features" (T, I); isNumber. */
export function CellReasons({ why, isNumber }) {
  const width = why.features[0].length;
  const values = why.features.flat();
  const largest = Math.max(...values.map(Math.abs)) || 1;
  const nameOf = (cell) =>
    t("reasons.cell", { step: Math.floor(cell / width) + 1, feature: (cell % width) + 1, value: shownNumber(Math.abs(values[cell])) });
  return html`
    <section class="card" aria-labelledby="cell-reasons-title">
      <div class="sheet-head">
        <h2 id="cell-reasons-title">${isNumber ? t("reasons.number") : t("reasons.cells", { label: why.output })}</h2>
        <${ReasonsLegend} isNumber=${isNumber} />
      </div>
      <svg class="cell-reasons" viewBox=${`0 0 ${width} ${why.features.length}`} aria-hidden="true">
        ${values.map((value, cell) => html`<rect key=${cell} class=${value < 0 ? "against" : "for"} x=${cell % width}
          y=${Math.floor(cell / width)} width="1" height="1" fill-opacity=${((Math.abs(value) / largest) * LARGEST).toFixed(3)} />`)}
      </svg>
      <p class="hint">${mostOf(values, nameOf, isNumber)}</p>
    </section>
  `;
}
