// How likely the labels of a sentence are as a whole, and the second-best way to label it.
import { html } from "../html.js";
import { percent, t } from "../language/language.js";
import { Sentence } from "./sentence.js";

export function Paths({ answer, column, said }) {
  const [best, second] = said.paths;
  const whole = t("tagging.whole", { share: percent(Math.exp(best.log_probability)) });
  if (!second) return html`<p class="hint">${whole}</p>`;
  const count = second.labels.filter((label, word) => label !== best.labels[word]).length;
  return html`
    <p class="hint">${whole}</p>
    <div class="second-best">
      <p class="hint">
        <strong>${t("tagging.second")}</strong> ${percent(Math.exp(second.log_probability))} · ${t("tagging.differs", { count })}
      </p>
      <${Sentence} answer=${answer} column=${column} said=${second} other=${best.labels} isPath=${true} />
      <p class="sr-only">${changesOf(answer, best, second)}</p>
    </div>
  `;
}

/** Each word that is labelled otherwise, in words. */
function changesOf({ words }, best, second) {
  const changed = words.map((word, i) => i).filter((i) => best.labels[i] !== second.labels[i]);
  return changed.map((i) => t("tagging.change", { word: words[i], from: best.labels[i], to: second.labels[i] })).join(" ");
}
