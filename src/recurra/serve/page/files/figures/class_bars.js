// Classes with their probabilities as bars; a class may be chosen.
import { html, classes } from "../html.js";
import { percent } from "../language/language.js";
import { Bar } from "./bar.js";

const MOST = 12; // classes; of more, the likeliest

const COLORS = 10;

/** The name of a class's color; those beyond the colors share the last. */
export const colorOfClass = (number) => `class-${Math.min(number, COLORS - 1)}`;

/**
 * Args: labels in their order; probabilities by label; holding: labels that are the answer; chosen, choose: which one
 * is looked at, and what is called with another, where one can be.
 */
export function ClassBars({ labels, probabilities, holding, chosen, choose, title }) {
  const shown = labels.map((label, number) => ({ label, number }));
  if (shown.length > MOST) {
    shown.sort((a, b) => probabilities[b.label] - probabilities[a.label]);
    shown.length = MOST;
  }
  return html`
    <ul class="class-bars" aria-label=${title}>
      ${shown.map(({ label, number }) => {
        const row = html`
          <span class="class-label">${label}${holding.includes(label) && html`<span aria-hidden="true"> ✓</span>`}</span>
          <${Bar} share=${probabilities[label]} kind=${colorOfClass(number)} />
          <span class="class-share">${percent(probabilities[label])}</span>
        `;
        const kind = classes("class-row", holding.includes(label) && "holds");
        return html`
          <li key=${label}>
            ${choose
              ? html`<button type="button" class=${kind} aria-pressed=${label === chosen ? "true" : "false"}
                  onClick=${() => choose(label)}>${row}</button>`
              : html`<div class=${kind}>${row}</div>`}
          </li>
        `;
      })}
    </ul>
  `;
}
