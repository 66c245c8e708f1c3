// An answer: bars of classes, or numbers.
import { html } from "../html.js";
import { percent, t } from "../language/language.js";
import { ClassBars, colorOfClass } from "../figures/class_bars.js";
import { chosenOf, shownNumber } from "./form.js";

/** Args: form; answer: of `describe`; place: the step that is shown where there is an answer at every one; chosen, choose: see ClassBars. */
export function Answer({ form, answer, place, chosen, choose }) {
  const step = form.isPerStep ? (place ?? answer.answer.length - 1) : null;
  const given = form.isPerStep ? answer.answer[step] : answer.answer;
  const probabilities = form.isPerStep ? answer.probabilities?.[step] : answer.probabilities;
  return html`
    <section class="card" aria-labelledby="answer-title">
      <h2 id="answer-title">${form.isPerStep ? t("answers.answer.step", { step: step + 1 }) : t("answers.answer")}</h2>
      ${form.labels.length ? html`<${Classes} form=${form} probabilities=${probabilities} chosen=${chosen} choose=${choose} />` : html`<${Numbers} form=${form} numbers=${[given].flat()} chosen=${chosen} choose=${choose} />`}
    </section>
  `;
}

function Classes({ form, probabilities, chosen, choose }) {
  const holding = chosenOf(form, probabilities);
  const said = holding.map((label) => `${label}, ${percent(probabilities[label])}`).join("; ");
  return html`
    <p class="answer-said" role="status">${said || t("answers.no-label")}</p>
    <${ClassBars} labels=${form.labels} probabilities=${probabilities} holding=${holding} chosen=${chosen} choose=${choose}
      title=${t("answers.classes")} />
    ${choose && html`<p class="hint">${t("answers.choose")}</p>`}
  `;
}

/** One number, or several, of which one can be chosen. */
function Numbers({ form, numbers, chosen, choose }) {
  const names = numbers.map((_, position) => form.numbers[position] || (numbers.length > 1 ? t("answers.number", { number: position + 1 }) : ""));
  const isChoice = choose && numbers.length > 1;
  return html`
    <div role="status">
      ${numbers.map((value, position) => html`
        <p class="answer-number" key=${position}>
          ${names[position] && html`<span class=${`answer-name ${colorOfClass(position)}`}>${names[position]}</span>`}
          <span>${shownNumber(value)}</span>
        </p>
      `)}
    </div>
    ${isChoice && html`
      <div class="chips" role="group" aria-label=${t("answers.explained")}>
        <span>${t("answers.explained")}</span>
        ${names.map((name, position) => html`<button type="button" class="chip" key=${name}
          aria-pressed=${String(position) === chosen ? "true" : "false"} onClick=${() => choose(String(position))}>${name}</button>`)}
      </div>
    `}
  `;
}
