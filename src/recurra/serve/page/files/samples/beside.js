// Made samples, and real ones beside them.
import { html } from "../html.js";
import { t } from "../language/language.js";
import { ClipsBeside } from "./clips.js";
import { LinesBeside } from "./lines.js";
import { SeriesBeside } from "./series.js";

const BY_JOB = { "series-gan": SeriesBeside, "text-gan": LinesBeside, "clip-gan": ClipsBeside };

export function Beside({ model, body, made, real }) {
  const Samples = BY_JOB[model.job];
  return html`
    <${Samples} model=${model} body=${body} made=${made} real=${real?.missing ? null : real} />
    ${real?.missing && html`<p class="hint">${t(`samples.missing.${real.missing.code}`)}</p>`}
    ${real?.is_held_out === false && html`<p class="hint">${t("samples.learnt-from")}</p>`}
  `;
}
