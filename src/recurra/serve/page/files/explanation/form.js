// What is to be measured of a run.
import { html } from "../html.js";
import { t } from "../language/language.js";

export const PARTS = ["gradients", "memory", "activations", "attribution"];

/** chosen: parts by name; isBusy: whether a run is being explained. */
export function Form({ chosen, choose, isBusy, begin, cancel }) {
  const turn = (part) => choose(chosen.includes(part) ? chosen.filter((each) => each !== part) : [...chosen, part]);
  const submit = (event) => (event.preventDefault(), isBusy || begin());
  return html`
    <form class="card" onSubmit=${submit}>
      <p class="hint explanation-intro">${t("explanation.intro")}</p>
      <fieldset disabled=${isBusy}>
        <legend>${t("explanation.parts")}</legend>
        <div class="explanation-parts">
          ${PARTS.map((part) => html`<${Part} key=${part} part=${part} isChosen=${chosen.includes(part)} turn=${() => turn(part)} />`)}
        </div>
      </fieldset>
      <div class="buttons">
        ${isBusy
          ? html`<button type="button" key="cancel" onClick=${cancel}>${t("explanation.cancel")}</button>`
          : html`<button type="submit" key="begin" class="primary" disabled=${!chosen.length}>${t("explanation.begin")}</button>`}
      </div>
    </form>
  `;
}

function Part({ part, isChosen, turn }) {
  return html`
    <label class="explanation-part">
      <input type="checkbox" checked=${isChosen} onChange=${turn} aria-describedby=${`part-${part}`} />
      <span>${t(`explanation.part.${part}`)}</span>
      <span class="hint" id=${`part-${part}`}>${t(`explanation.hint.${part}`)}</span>
    </label>
  `;
}
