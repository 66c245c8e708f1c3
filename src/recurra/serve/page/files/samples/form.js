// How many samples, and what they are to be like.
import { html } from "../html.js";
import { number, t } from "../language/language.js";
import { choices } from "./context.js";

const COUNTS = { "series-gan": 6, "text-gan": 12, "clip-gan": 6 };
const MOST = { "series-gan": 60, "text-gan": 200, "clip-gan": 48 };
const EMPTY = { length: "", seed: "", label: "", temperature: 1, given: "", context: {}, content_seed: "", motion_seed: "" };

/** What is asked for at first. */
export function wishOf(job) {
  return { count: COUNTS[job], ...EMPTY };
}

export function Form({ about, wish, change, isBusy, submit }) {
  const { job, labels, options, columns } = about;
  const set = (name) => (value) => change({ ...wish, [name]: value });
  const send = (event) => (event.preventDefault(), submit());
  return html`
    <form class="card samples-form" onSubmit=${send}>
      <div class="samples-fields">
        <${Counter} name="count" value=${wish.count} change=${(text) => set("count")(Number(text))} most=${MOST[job]} isNeeded />
        <${Counter} name=${`length.${job}`} value=${wish.length} change=${set("length")} most=${about.most}
          placeholder=${job === "text-gan" ? t("samples.learnt.most", { length: about.longest }) : t("samples.learnt")} />
        <${Seed} name="seed" value=${wish.seed} change=${set("seed")} />
        ${labels.length > 0 && html`<${Label} title=${t("samples.label")} labels=${labels} value=${wish.label} change=${set("label")} />`}
        ${!wish.given && choices(columns).map(
          ({ name, categories }) => html`<${Label} key=${name} title=${name} labels=${categories} value=${wish.context[name] ?? ""}
            change=${(value) => set("context")({ ...wish.context, [name]: value })} />`,
        )}
        ${options.includes("temperature") && html`<${Temperature} value=${wish.temperature} change=${set("temperature")} />`}
        ${options.includes("motion_seed") && html`
          <${Seed} name="content_seed" value=${wish.content_seed} change=${set("content_seed")} />
          <${Seed} name="motion_seed" value=${wish.motion_seed} change=${set("motion_seed")} />
        `}
      </div>
      ${job !== "clip-gan" && html`<${Given} about=${about} value=${wish.given} change=${set("given")} />`}
      <div class="buttons"><button type="submit" class="primary" disabled=${isBusy}>${t("samples.make")}</button></div>
    </form>
  `;
}

function Counter({ name, value, change, most, placeholder = "", isNeeded = false }) {
  return html`
    <label class="samples-field">
      <span>${t(`samples.${name}`)}</span>
      <input type="number" inputmode="numeric" min="1" max=${most} step="1" value=${value} required=${isNeeded}
        placeholder=${placeholder} onInput=${(event) => change(event.target.value)} />
    </label>
  `;
}

function Seed({ name, value, change }) {
  return html`
    <label class="samples-field">
      <span>${t(`samples.${name}`)}</span>
      <input type="text" inputmode="numeric" maxlength="9" value=${value} placeholder=${t("settings.any")}
        onInput=${(event) => change(event.target.value.replace(/\D/g, ""))} />
    </label>
  `;
}

function Label({ title, labels, value, change }) {
  return html`
    <label class="samples-field">
      <span>${title}</span>
      <select value=${value} onChange=${(event) => change(event.target.value)}>
        <option value="">${t("samples.label.any")}</option>
        ${labels.map((label) => html`<option key=${label} value=${label}>${label}</option>`)}
      </select>
    </label>
  `;
}

function Temperature({ value, change }) {
  return html`
    <label class="samples-field">
      <span>${t("settings.temperature")} <span class="quiet">${number(value, 2)}</span></span>
      <input type="range" min="0.1" max="2" step="0.05" value=${value} onInput=${(event) => change(Number(event.target.value))} />
    </label>
  `;
}

/** What samples are to go on from: of series a table, of lines their beginnings. */
function Given({ about, value, change }) {
  const header = about.columns?.map(({ name }) => name).join(",");
  return html`
    <details class="samples-given">
      <summary>${t(`samples.given.${about.job}`)}</summary>
      <p class="hint" id="given-hint">${t(`samples.given.hint.${about.job}`)}</p>
      <textarea rows="4" spellcheck="false" aria-label=${t(`samples.given.${about.job}`)} aria-describedby="given-hint"
        placeholder=${header ? `${header}\n…` : ""} value=${value} onInput=${(event) => change(event.target.value)}></textarea>
    </details>
  `;
}
