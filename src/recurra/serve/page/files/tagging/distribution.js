// The likeliest labels of one word.
import { html } from "../html.js";
import { percent, t } from "../language/language.js";
import { Bar } from "../figures/bar.js";
import { colorOfKind, kindOfLabel } from "./kinds.js";

/** word: its text; labels: label and probability, the likeliest first; shown: the label of the sentence's best path. */
export function Distribution({ column, word, labels, shown }) {
  return html`
    <section class="card distribution" aria-labelledby="distribution-title">
      <h2 id="distribution-title">${t("tagging.labels")} <q>${word}</q></h2>
      <ul class="class-bars">
        ${labels.map(
          ({ label, probability }) => html`
            <li key=${label} class=${label === shown ? "class-row holds" : "class-row"}>
              <span class="class-label">${label}${label === shown && html`<span aria-hidden="true"> ✓</span>`}</span>
              <${Bar} share=${probability} kind=${colorOfKind(column, kindOfLabel(column, label))} />
              <span class="class-share">${percent(probability)}</span>
            </li>
          `,
        )}
      </ul>
      <p class="hint">${t("tagging.labels.hint")}</p>
    </section>
  `;
}
