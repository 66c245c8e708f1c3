// How much each step of a series speaks for a class, or for a number: a bar a step, up or down.
import { html } from "../html.js";
import { t } from "../language/language.js";
import { shownNumber } from "./form.js";
import { mostOf } from "./most_of.js";

export function StepReasons({ why, place, isNumber }) {
  const largest = Math.max(...why.values.map(Math.abs)) || 1;
  const nameOf = (step) => t("reasons.step", { step: step + 1, value: shownNumber(Math.abs(why.values[step])) });
  const width = 100 / why.values.length;
  return html`
    <section class="card" aria-labelledby="step-reasons-title">
      <h2 id="step-reasons-title">${isNumber ? t("reasons.number") : t("reasons.steps", { label: why.output })}</h2>
      <svg class="step-reasons" viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
        <line class="along-axis" x1="0" x2="100" y1="50" y2="50" />
        ${why.values.map((value, step) => {
          const height = (Math.abs(value) / largest) * 48;
          return html`<rect key=${step} class=${value < 0 ? "against" : "for"} x=${step * width + width * 0.1} width=${width * 0.8}
            y=${value < 0 ? 50 : 50 - height} height=${height} />`;
        })}
        ${place !== null && html`<line class="along-cursor" x1=${(place + 0.5) * width} x2=${(place + 0.5) * width} y1="0" y2="100" />`}
      </svg>
      <p class="hint">${mostOf(why.values, nameOf, isNumber)}</p>
    </section>
  `;
}
