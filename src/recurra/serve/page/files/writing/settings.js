// How a text is written: chance, length, seed.
import { html } from "../html.js";
import { number, t } from "../language/language.js";

export const DEFAULTS = { temperature: 0.8, topP: 1, length: 400, seed: "" };

/** settings: as of DEFAULTS. change(settings). */
export function Settings({ settings, change }) {
  const set = (name, read) => (event) => change({ ...settings, [name]: read(event.target.value) });
  return html`
    <fieldset class="settings">
      <legend>${t("settings")}</legend>
      <${Slider} name="temperature" value=${settings.temperature} min="0" max="2" step="0.05" digits=${2}
        onInput=${set("temperature", Number)} />
      <${Slider} name="top_p" value=${settings.topP} min="0.05" max="1" step="0.05" digits=${2}
        onInput=${set("topP", Number)} />
      <${Slider} name="length" value=${settings.length} min="20" max="4000" step="20" digits=${0}
        onInput=${set("length", Number)} />
      <label class="seed">
        <span>${t("settings.seed")}</span>
        <input type="text" inputmode="numeric" pattern="[0-9]*" maxlength="9" value=${settings.seed}
          placeholder=${t("settings.any")} onInput=${set("seed", (text) => text.replace(/\D/g, ""))} />
      </label>
    </fieldset>
  `;
}

function Slider({ name, value, min, max, step, digits, onInput }) {
  const id = `setting-${name}`;
  return html`
    <div class="slider">
      <label for=${id}>${t(`settings.${name}`)}</label>
      <span class="slider-value" aria-hidden="true">${number(value, digits)}</span>
      <input id=${id} type="range" min=${min} max=${max} step=${step} value=${value} onInput=${onInput}
        aria-describedby=${`${id}-hint`} />
      <p class="hint" id=${`${id}-hint`}>${t(`settings.${name}.hint`)}</p>
    </div>
  `;
}
