// Several sentences with their answers; one of them is looked at.
import { html } from "../html.js";
import { percent, t } from "../language/language.js";
import { chosenOf, shownNumber } from "./form.js";

export function SentenceList({ sentences, asked, current, form, choose }) {
  const known = new Map((asked.content?.inputs ?? []).map((text, number) => [text, asked.answer.answers[number]]));
  return html`
    <ul class="sentence-list" aria-label=${t("answers.list")}>
      ${sentences.map(
        (sentence) => html`
          <li key=${sentence.line}>
            <button type="button" aria-pressed=${sentence === current ? "true" : "false"} onClick=${() => choose(sentence.line)}>
              <span class="sentence-text">${sentence.text}</span>
              <span class="sentence-answer">${known.has(sentence.text) ? shortOf(form, known.get(sentence.text)) : "…"}</span>
            </button>
          </li>
        `,
      )}
    </ul>
  `;
}

/** An answer in a few words. */
function shortOf(form, { answer, probabilities }) {
  if (!form.labels.length) return [answer].flat().slice(-3).map(shownNumber).join(", ");
  const last = form.isPerStep ? probabilities.at(-1) : probabilities;
  const holding = chosenOf(form, last);
  return holding.length ? holding.map((label) => `${label} ${percent(last[label])}`).join(", ") : t("answers.no-label");
}
