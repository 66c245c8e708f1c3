// A series, which a person draws, paints, pastes or drops, and its answer.
import { useState } from "../vendored/hooks.js";
import { useAsked } from "../asked.js";
import { html } from "../html.js";
import { t } from "../language/language.js";
import { Failure } from "../places/failure.js";
import { Answer } from "./answer.js";
import { AlongTheWay } from "./along_the_way.js";
import { CellReasons } from "./cell_reasons.js";
import { chosenIn, formOf } from "./form.js";
import { scaleOf } from "./scale.js";
import { isPicture, SeriesInput } from "./series_input.js";
import { StepReasons } from "./step_reasons.js";

const BEGINNINGS = 200;
const EXPLAINED = 2_000; // steps at most

export function Series({ model }) {
  const form = formOf(model);
  const scale = scaleOf(model);
  const [series, setSeries] = useState(null);
  const [place, setPlace] = useState(null);
  const [label, setLabel] = useState(null);
  const path = `/v1/runs/${encodeURIComponent(model.id)}`;
  const options = form.hasBeginnings ? { beginnings: BEGINNINGS } : {};
  const asked = useAsked(`${path}/describe`, series?.length ? { inputs: [series], ...options } : null);
  const isExplained = series?.length && series.length <= EXPLAINED && form.hasBeginnings;
  const why = useAsked(`${path}/attributions`, isExplained ? { input: series, label } : null);
  const answer = asked.answer?.answers[0];
  const failure = asked.failure ?? why.failure;
  return html`
    <div class="answers">
      <div class="asking">
        <${SeriesInput} scale=${scale} change=${(next) => (setSeries(next), setPlace(null))} />
        ${failure && html`<${Failure} failure=${failure} />`}
      </div>
      <div class="answered">
        ${!answer && html`<p class="quiet card">${t("series.empty")}</p>`}
        ${answer && html`<${Answer} form=${form} answer=${answer} place=${place} chosen=${chosenIn(form, why)} choose=${isExplained ? setLabel : null} />`}
        ${answer && html`<${AlongTheWay} form=${form} answer=${answer} place=${place} move=${setPlace} />`}
        ${answer && why.answer && isPicture(scale, why.content.input) && html`<${CellReasons} why=${why.answer} isNumber=${!form.labels.length} />`}
        ${answer && why.answer && html`<${StepReasons} why=${why.answer} place=${place} isNumber=${!form.labels.length} />`}
      </div>
    </div>
  `;
}
